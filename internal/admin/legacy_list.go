package admin

import (
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A legacyClient is an application with exceptions for legacy features.
type legacyClient struct {
	*oauth.Client
	Exceptions []clientfields.Exception // its legacy features
}

// At most legacyPages pages of legacyPage applications are searched for exceptions.
const (
	legacyPage  = 200
	legacyPages = 25
)
