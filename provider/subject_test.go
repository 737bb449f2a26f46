package provider_test

import "testing"

// TestSessionIDsOfClientsDiffer: even if the ids of a client and a session have
// the same characters in total.
func TestSessionIDsOfClientsDiffer(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	secrets := make(map[string]string)
	for _, h.id = range []string{"a", "ab"} {
		h.add(h.client())
		secrets[h.id] = h.key
	}
	seen := make(map[any]bool)
	for _, test := range []struct{ client, session string }{{"ab", "c"}, {"a", "bc"}, {"a", "c"}} {
		h.id, h.key, h.who.SessionID = test.client, secrets[test.client], test.session
		sid := h.payload(h.tokens("scope", "openid").IDToken)["sid"]
		if sid == nil || seen[sid] {
			t.Errorf("the sid of client %q and session %q is %v", test.client, test.session, sid)
		}
		seen[sid] = true
	}
}
