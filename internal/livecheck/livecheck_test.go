package livecheck_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/livecheck"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// summary returns the numbers and levels of findings, sorted and without
// duplicates.
func summary(findings []livecheck.Finding) (list []string) {
	for _, f := range findings {
		list = append(list, f.ID+" "+string(f.Level))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func TestLatchkeyPassesAllChecks(t *testing.T) {
	p := latchkeytest.New(t)
	if findings := livecheck.Check(t.Context(), p.Issuer); len(findings) > 0 {
		t.Errorf("got %+v", findings)
	}
	if got := summary(livecheck.Check(t.Context(), p.Issuer+"x")); !slices.Equal(got, []string{"LK100 error"}) {
		t.Errorf("with an issuer that does not exist: %v", got)
	}
}

// TestEveryProblemOfAnInsecureServerIsFound checks a server that does everything
// wrong.
func TestEveryProblemOfAnInsecureServerIsFound(t *testing.T) {
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
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "x"}) //nolint:gosec // the check must find it
		if r.URL.Query().Get("client_id") != "latchkey-check" {
			t.Error("the request has another client_id")
		}
		w.Header().Set("Location", r.URL.Query().Get("redirect_uri")+"?error=unauthorized_client")
		w.WriteHeader(http.StatusFound)
	})
	want := []string{
		"LK101 error", "LK105 error", "LK106 error", "LK107 warning", "LK108 error", "LK108 warning", "LK109 warning",
		"LK110 warning", "LK112 error", "LK113 warning", "LK114 error", "LK114 warning", "LK115 warning", "LK116 warning", "LK117 warning",
	}
	if got := summary(livecheck.Check(t.Context(), site.URL)); !slices.Equal(got, want) {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), strings.Join(want, ", "))
	}
}

// An issuer without a path has two metadata documents, and one with a path has three: each is
// reported once.
func TestEachPlaceOfMetadataIsReportedOnce(t *testing.T) {
	p := latchkeytest.New(t)
	for issuer, places := range map[string]int{p.URL: 2, p.Issuer + "x": 3} {
		findings := livecheck.Check(t.Context(), issuer)
		seen := make(map[string]bool)
		for _, f := range findings {
			if seen[f.ID+f.Text] {
				t.Errorf("%s: %s is reported twice: %s", issuer, f.ID, f.Text)
			}
			seen[f.ID+f.Text] = true
			words := strings.Fields(f.Text)
			slices.Sort(words)
			urls := slices.DeleteFunc(words, func(word string) bool { return !strings.Contains(word, "/.well-known/") })
			if f.ID == "LK100" && (len(urls) != places || len(slices.Compact(urls)) != places) {
				t.Errorf("%s: LK100 names %q, want %d URLs", issuer, urls, places)
			}
		}
	}
}
