package ui_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// A begunWriter reports whether a part of the response was sent.
type begunWriter struct {
	http.ResponseWriter
	begun bool
}

func (w begunWriter) Begun() bool { return w.begun }

func TestPanicThatCannotBeAnsweredReachesTheServer(t *testing.T) {
	for name, test := range map[string]struct {
		value  any
		begun  bool
		panics bool
	}{
		"nothing was sent":       {"a fault", false, false},
		"a part was sent":        {"a fault", true, true},
		"the handler gives up":   {http.ErrAbortHandler, false, true},
		"no panic, nothing sent": {nil, false, false},
		"no panic, a part sent":  {nil, true, false},
	} {
		func() {
			defer func() {
				if got := recover(); (got != nil) != test.panics || got != nil && got != test.value {
					t.Errorf("%s: the server gets %v", name, got)
				}
			}()
			err := ui.Recovered(begunWriter{httptest.NewRecorder(), test.begun}, test.value)
			if (err != nil) != (test.value != nil) || err != nil && (!strings.Contains(err.Error(), "a fault") || !strings.Contains(err.Error(), "panic_test.go")) {
				t.Errorf("%s: got %v", name, err)
			}
		}()
	}
}
