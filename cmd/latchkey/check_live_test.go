package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func ids(findings []finding) (ids []string) {
	for _, f := range findings {
		if !slices.Contains(ids, f.ID+" "+f.Level) {
			ids = append(ids, f.ID+" "+f.Level)
		}
	}
	slices.Sort(ids)
	return ids
}

func TestCheckFindsNothingAtOurOwnServer(t *testing.T) {
	s := serve(t, t.TempDir(), "--addr", "localhost:0")
	if found := checkLive(context.Background(), s.issuer); len(found) > 0 {
		t.Errorf("found %+v", found)
	}
	if found := ids(checkLive(context.Background(), s.issuer+"x")); !slices.Equal(found, []string{"LK100 error"}) {
		t.Errorf("at an issuer that is not there: %v", found)
	}
}

// TestCheckFindsWhatIsWrongElsewhere looks at a server that gets everything
// wrong.
func TestCheckFindsWhatIsWrongElsewhere(t *testing.T) {
	mux := http.NewServeMux()
	site := httptest.NewServer(mux)
	t.Cleanup(site.Close)
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", "Thu, 01 Jan 2015 00:00:00 GMT")
		_, _ = fmt.Fprintf(w, `{"issuer":%q,"authorization_endpoint":"%[1]s/authorize","token_endpoint":"%[1]s/token","jwks_uri":"%[1]s/jwks",
			"code_challenge_methods_supported":["plain"],"response_types_supported":["code","token"],"id_token_signing_alg_values_supported":["none"]}`, site.URL)
	})
	mux.HandleFunc("/.well-known/oauth-authorization-server", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"issuer":"https://other.example"}`))
	})
	mux.HandleFunc("/jwks", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"keys":[{"kid":"k","kty":"OKP","d":"oops"}]}`))
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		w.Header().Set("Access-Control-Allow-Credentials", "true")
	})
	mux.HandleFunc("/authorize", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "x"}) //nolint:gosec // the fault to be found
		if r.URL.Query().Get("client_id") != "latchkey-check" {
			t.Error("another client was named")
		}
		w.Header().Set("Location", r.URL.Query().Get("redirect_uri")+"?error=unauthorized_client")
		w.WriteHeader(http.StatusFound)
	})
	want := []string{
		"LK101 error", "LK105 error", "LK106 error", "LK107 warning", "LK108 error", "LK108 warning", "LK109 warning",
		"LK110 warning", "LK112 error", "LK113 warning", "LK114 error", "LK114 warning", "LK115 warning", "LK116 warning", "LK117 warning",
	}
	if got := ids(checkLive(context.Background(), site.URL)); !slices.Equal(got, want) {
		t.Errorf("found %s\nwant %s", strings.Join(got, ", "), strings.Join(want, ", "))
	}
}
