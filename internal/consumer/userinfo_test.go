package consumer_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// TestSignedUserinfoIsChecked: OpenID Connect Core §5.3.2 and §5.3.4. Each change makes
// exactly one check fail.
func TestSignedUserinfoIsChecked(t *testing.T) {
	mine, stranger := newSigner(t), newSigner(t)
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{mine.key.Public()}})
	})
	valid := map[string]any{"iss": s.provider, "aud": []string{"app", "other"}, "sub": "ada", "exp": time.Now().Unix() + 600}
	form := url.Values{"issuer": {s.provider}, "jwks_uri": {s.provider + "/keys"}, "client_id": {"app"}, "sub": {"ada"}}
	check := func(token string, form url.Values) map[string]string {
		t.Helper()
		values := maps.Clone(form)
		values.Set("userinfo", token)
		var answer checked
		s.post(t, "/consumer/userinfo/check/", values, http.StatusOK, &answer)
		return answer.states()
	}
	all := map[string]string{"Signature": "ok", "iss": "ok", "aud": "ok", "exp": "ok", "sub": "ok"}
	if got := check(mine.sign(t, valid), form); !maps.Equal(got, all) {
		t.Errorf("a valid response: %v", got)
	}
	for _, test := range []struct {
		claim string
		value any // nil: absent
		state string
	}{
		{"iss", s.provider + "/", "failed"},
		{"iss", nil, "failed"},
		{"aud", "other", "failed"},
		{"aud", nil, "failed"},
		{"aud", "app", "ok"},
		{"exp", time.Now().Unix() - 61, "failed"},
		{"exp", "soon", "failed"},
		{"exp", nil, "skipped"},
		{"sub", "eve", "failed"},
		{"sub", nil, "failed"},
	} {
		changed, want := maps.Clone(valid), maps.Clone(all)
		if changed[test.claim] = test.value; test.value == nil {
			delete(changed, test.claim)
		}
		want[test.claim] = test.state
		if got := check(mine.sign(t, changed), form); !maps.Equal(got, want) {
			t.Errorf("%s = %v: %v", test.claim, test.value, got)
		}
	}
	if got := check(stranger.sign(t, valid), form); got["Signature"] != "failed" || got["iss"] != "ok" {
		t.Errorf("signed by another key: %v", got)
	}
	for field, name := range map[string]string{"issuer": "iss", "jwks_uri": "Signature", "client_id": "aud", "sub": "sub"} {
		unknown := maps.Clone(form)
		unknown.Del(field)
		if got := check(mine.sign(t, valid), unknown); got[name] != "skipped" {
			t.Errorf("without %s: %v", field, got)
		}
	}
	payload := strings.Split(mine.sign(t, valid), ".")[1]
	for name, text := range map[string]string{
		"the algorithm none": "eyJhbGciOiJub25lIn0." + payload + ".", "encrypted": "eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d", "JSON": `{"sub":"ada"}`, "nothing": "",
	} {
		if got := check(text, form); !maps.Equal(got, map[string]string{"Format": "failed"}) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
