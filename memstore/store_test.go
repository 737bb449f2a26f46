package memstore_test

import (
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/storetest"
)

func TestStoreKeepsItsPromises(t *testing.T) {
	storetest.Run(t, func(_ *testing.T, clock func() time.Time) storetest.Store { return memstore.New(clock) })
}
