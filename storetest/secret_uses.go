package storetest

import (
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

func testSecretUses(t *testing.T, h *house) {
	h.client(t, "c")
	h.client(t, "other")
	want := func(what, client string, want map[string]time.Time) {
		t.Helper()
		got, err := h.SecretUses(ctx, client)
		must(t, err)
		if len(got) != len(want) {
			t.Errorf("%s: got %v, want %v", what, got, want)
		}
		clients, err := h.ClientUses(ctx, []string{"none", client})
		must(t, err)
		if at, used := clients[client]; used != !want[""].IsZero() || !at.Equal(want[""]) || len(clients) > 1 {
			t.Errorf("%s: the clients were used at %v, want %s", what, clients, want[""])
		}
		for id, at := range want {
			if !got[id].Equal(at) {
				t.Errorf("%s: %s was used at %s, want %s", what, id, got[id], at)
			}
		}
	}
	want("before any use", "c", nil)
	must(t, h.NoteSecretUses(ctx, nil))
	if uses, err := h.ClientUses(ctx, nil); err != nil || len(uses) > 0 {
		t.Errorf("of no client: %v, %v", uses, err)
	}
	must(t, h.NoteSecretUses(ctx, []oauth.SecretUse{{ClientID: "c", SecretID: "2", At: h.now}, {ClientID: "other", SecretID: "1", At: h.now}, {ClientID: "other", At: h.now}, {ClientID: "c", SecretID: "1", At: h.now}}))
	must(t, h.NoteSecretUses(ctx, []oauth.SecretUse{{ClientID: "c", SecretID: "1", At: h.now.Add(-time.Hour)}, {ClientID: "c", SecretID: "2", At: h.now.Add(time.Hour)}}))
	want("an earlier and a later use", "c", map[string]time.Time{"1": h.now, "2": h.now.Add(time.Hour)})
	later := h.now.Add(oauth.KeepSecretUse + time.Minute)
	must(t, h.NoteSecretUses(ctx, []oauth.SecretUse{{ClientID: "c", SecretID: "3", At: later}, {ClientID: "c", At: later}}))
	want("uses of long ago", "c", map[string]time.Time{"2": h.now.Add(time.Hour), "3": later, "": later})
	must(t, h.DeleteClient(ctx, "c"))
	want("after the client was deleted", "c", nil)
	must(t, h.NoteSecretUses(ctx, []oauth.SecretUse{{ClientID: "c", SecretID: "1", At: later}, {ClientID: "none", SecretID: "1", At: later}}))
	want("a use that is recorded after the client was deleted", "c", nil)
	want("a use of a client that never existed", "none", nil)
	want("another client", "other", map[string]time.Time{"1": h.now, "": h.now})
}
