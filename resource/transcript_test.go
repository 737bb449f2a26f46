package resource_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// transcriptTokens are the tokens in testdata/guard.txt.
var transcriptTokens = tokens{
	"READER": {Subject: "ada", ClientID: "app", Scope: "read"},
	"WRITER": {Subject: "ada", ClientID: "app", Scope: "read write"},
	"MUSIC":  {Subject: "ada", ClientID: "app", Scope: "music:read"},
	"NIGHT":  {Subject: "ada", ClientID: "app", Scope: "read", ACR: "gold", AuthTime: 1000},
	"FRESH":  {Subject: "ada", ClientID: "app", Scope: "read", ACR: "gold", AuthTime: 1800},
	"BRONZE": {Subject: "ada", ClientID: "app", Scope: "read", ACR: "bronze", AuthTime: 1990},
	"CLIENT": {Subject: "app", ClientID: "app", Scope: "read", ClientOnly: true},
	"TOOLS":  {Subject: "ada", ClientID: "app", Scope: "read", Audience: []string{"https://api.example/tools"}},
}

// transcriptVerifier cannot verify the token DOWN at the moment.
type transcriptVerifier struct{ tokens }

func (v transcriptVerifier) Verify(ctx context.Context, text string) (*resource.Token, error) {
	if text == "DOWN" {
		return nil, errors.New("connection refused")
	}
	return v.tokens.Verify(ctx, text)
}

// transcriptGuards returns the guards that are named in testdata/guard.txt.
func transcriptGuards() map[string]func(http.Handler) http.Handler {
	now := func() time.Time { return time.Unix(2000, 0) }
	guard := func(change func(*resource.Guard)) *resource.Guard {
		g := &resource.Guard{Verifier: transcriptVerifier{transcriptTokens}, OnRefused: func(*http.Request, error) {}, Clock: now}
		if change != nil {
			change(g)
		}
		return g
	}
	policy := func(p resource.Policy) func(http.Handler) http.Handler { return guard(nil).RequirePolicy(p) }
	limit := &resource.RateLimit{Person: resource.Rate{Requests: 1, Per: 90 * time.Second}, Clock: now}
	return map[string]func(http.Handler) http.Handler{
		"read":          guard(nil).Require("read"),
		"read and edit": guard(nil).Require("read", "write"),
		"any token":     guard(nil).Require(),
		"one of":        guard(nil).RequireAny("read", "admin"),
		"alternatives":  policy(resource.Policy{Scopes: []string{"read"}, AnyOf: [][]string{{"write", "admin"}, {"music:read"}}}),
		"read or write": guard(nil).ReadWrite("read", "write"),
		"music":         guard(nil).ReadWriteOf("music"),
		"realm":         guard(func(g *resource.Guard) { g.Realm = `the notes` }).Require("read"),
		"metadata": guard(func(g *resource.Guard) {
			g.Metadata = &resource.Metadata{Resource: "https://api.example/tools"}
		}).Require("read"),
		"gold":       policy(resource.Policy{ACRValues: []string{"gold", "platinum"}}),
		"fresh":      policy(resource.Policy{Scopes: []string{"read"}, MaxAge: 5 * time.Minute}),
		"gold fresh": policy(resource.Policy{ACRValues: []string{"gold"}, MaxAge: 5 * time.Minute}),
		"people":     policy(resource.Policy{Callers: resource.OnlyPeople}),
		"clients":    policy(resource.Policy{Callers: resource.OnlyClients}),
		"optional":   policy(resource.Policy{Scopes: []string{"read"}, Optional: true}),
		"limited":    guard(func(g *resource.Guard) { g.Limit = limit.Wait }).Require("read"),
		"browsers":   guard(func(g *resource.Guard) { g.AllowsOrigin = resource.Origins(spa) }).Require("read"),
		"session": guard(func(g *resource.Guard) {
			g.Session = func(r *http.Request) (bool, error) {
				if r.Header.Get("Cookie") == "session=down" {
					return false, errors.New("the database is unavailable")
				}
				return r.Header.Get("Cookie") == "session=ada", nil
			}
		}).Require("read"),
		"routes": guard(nil).Routes(map[string]resource.Policy{
			"GET /notes": {Scopes: []string{"read"}}, "POST /notes": {AnyOf: [][]string{{"write"}, {"admin", "music:read"}}}, "/public/{file...}": {Optional: true},
		}),
		"url": guard(func(g *resource.Guard) {
			g.InsecureAllowQuery = func(_ context.Context, t *resource.Token) (bool, error) { return t.Scope == "read", nil }
		}).Require("read"),
	}
}

// TestResponsesOfTheGuardAreExact compares the status and the headers of responses with
// testdata/guard.txt: RFC 6750 §3, RFC 9470 §3 and RFC 9728 §5.1.
func TestResponsesOfTheGuardAreExact(t *testing.T) {
	guards := transcriptGuards()
	used := make(map[string]bool)
	for _, step := range readTranscript(t) {
		guard := guards[step.guard]
		if guard == nil {
			t.Fatalf("line %d: there is no guard %q", step.line, step.guard)
		}
		used[step.guard] = true
		w := httptest.NewRecorder()
		guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if token, ok := resource.FromContext(r.Context()); ok {
				w.Header().Set("Subject", token.Subject)
			}
		})).ServeHTTP(w, step.request)
		got := []string{fmt.Sprint(w.Code)}
		for name, values := range w.Header() {
			for _, value := range values {
				if name != "Content-Type" && name != "X-Content-Type-Options" && name != "Vary" {
					got = append(got, name+": "+value)
				}
				if name == "Www-Authenticate" {
					checkChallenge(t, value)
				}
			}
		}
		slices.Sort(got[1:])
		slices.Sort(step.response[1:])
		if !slices.Equal(got, step.response) {
			t.Errorf("line %d: got\n\t%s\nwant\n\t%s", step.line, strings.Join(got, "\n\t"), strings.Join(step.response, "\n\t"))
		}
	}
	for name := range guards {
		if !used[name] {
			t.Errorf("guard %q is not in the transcript", name)
		}
	}
}

// transcriptStep is a request, and the expected status and headers.
type transcriptStep struct {
	line     int
	guard    string
	request  *http.Request
	response []string
}

// readTranscript reads testdata/guard.txt. A line "guard NAME" names the guard of the
// requests after it. A line with > is a request or a header of it, a line with < the
// status or a header of the response. Other lines are comments.
func readTranscript(t *testing.T) (steps []*transcriptStep) {
	file, err := os.Open("testdata/guard.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	guard := ""
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		kind, text, _ := strings.Cut(lines.Text(), " ")
		name, value, isHeader := strings.Cut(text, ": ")
		switch {
		case kind == "guard":
			guard = text
		case kind == ">" && !isHeader:
			method, target, _ := strings.Cut(text, " ")
			steps = append(steps, &transcriptStep{line: n, guard: guard, request: httptest.NewRequest(method, target, nil)})
		case kind == ">":
			steps[len(steps)-1].request.Header.Add(name, value)
		case kind == "<":
			if isHeader {
				text = http.CanonicalHeaderKey(name) + ": " + value
			}
			steps[len(steps)-1].response = append(steps[len(steps)-1].response, text)
		}
	}
	return steps
}

// checkChallenge fails the test unless the text is one Bearer challenge of RFC 6750 §3:
// at least one parameter, each of them once, with a value in quotation marks that has
// only the characters that RFC 6750 allows.
func checkChallenge(t *testing.T, text string) {
	t.Helper()
	rest, ok := strings.CutPrefix(text, "Bearer ")
	seen := make(map[string]bool)
	for ok && rest != "" {
		var name, value string
		name, rest, _ = strings.Cut(rest, `="`)
		if value, rest, ok = strings.Cut(rest, `"`); !ok || seen[name] || value == "" {
			break
		}
		seen[name] = true
		known := slices.Contains([]string{"realm", "scope", "error", "error_description", "resource_metadata", "acr_values", "max_age"}, name)
		ok = known && !strings.ContainsFunc(value, func(r rune) bool { return r < 0x20 || r > 0x7e || r == '\\' })
		if rest != "" {
			rest, ok = strings.CutPrefix(rest, ", ")
			ok = ok && rest != ""
		}
	}
	if !ok || len(seen) == 0 || seen["error_description"] != seen["error"] {
		t.Errorf("%s is not a challenge of RFC 6750 §3", text)
	}
}
