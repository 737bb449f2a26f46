package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// publishedKeys returns the ids of the keys that a server publishes.
func publishedKeys(s *server) (ids []string, err error) {
	response, err := http.Get(s.issuer + "/.well-known/jwks.json")
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	var set struct{ Keys []struct{ Kid string } }
	err = json.NewDecoder(response.Body).Decode(&set)
	for _, key := range set.Keys {
		ids = append(ids, key.Kid)
	}
	return ids, err
}

// signingKey returns the id of the key with which the server signs a token now.
func signingKey(t *testing.T, s *server, client url.Values) string {
	t.Helper()
	status, answer, err := post(s.issuer+"/token", client)
	if err != nil || status != http.StatusOK {
		t.Fatalf("%d %v %v", status, answer, err)
	}
	token, _ := answer["access_token"].(string)
	first, _, _ := strings.Cut(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil {
		t.Fatal(err)
	}
	var header struct{ Kid string }
	if err := json.Unmarshal(text, &header); err != nil {
		t.Fatal(err)
	}
	return header.Kid
}

// TestNoProcessSignsWithAKeyThatAnotherDoesNotPublish checks the first start, when
// all processes generate keys at once, and a rotation.
func TestNoProcessSignsWithAKeyThatAnotherDoesNotPublish(t *testing.T) {
	t.Parallel()
	for name, db := range map[string]func(t *testing.T) []string{
		"SQLite": func(*testing.T) []string { return nil },
		"PostgreSQL": func(t *testing.T) []string {
			t.Helper()
			url := sharedPostgres.DatabaseFor(t)
			runJSON(t, t.TempDir(), "migrate", "--db", url)
			return []string{"--db", url}
		},
	} {
		t.Run(name, func(t *testing.T) { keysAgree(t, db(t)) })
	}
}

func keysAgree(t *testing.T, db []string) {
	t.Helper()
	data := t.TempDir()
	servers := make([]*server, 3)
	for i := range servers {
		servers[i] = serve(t, data, append(db, "--addr", "localhost:0", "--issuer", "http://localhost/o")...)
		servers[i].issuer = servers[i].listens + "/o" // the URL of this one
	}
	sets := make([][]string, len(servers))
	var first sync.WaitGroup
	for i, s := range servers {
		first.Go(func() {
			var err error
			if sets[i], err = publishedKeys(s); err != nil {
				t.Error(err)
			}
		})
	}
	first.Wait()
	// A response waits only for a second until the missing keys are generated.
	var all []string
	for i, s := range servers {
		var set []string
		for end := giveUp(t); len(set) < 4 && time.Now().Before(end); <-time.After(20 * time.Millisecond) {
			var err error
			if set, err = publishedKeys(s); err != nil {
				t.Fatal(err)
			}
		}
		if i == 0 {
			all = set
		}
		if len(set) != 4 || !slices.Equal(set, all) {
			t.Errorf("server %d publishes %v, another %v", i, set, all)
		}
		for _, id := range sets[i] {
			if !slices.Contains(all, id) {
				t.Errorf("the first response of server %d contains %s, and the others publish %v", i, id, all)
			}
		}
	}

	app := runJSON(t, data, append(db, "app", "add", "--name", "Service", "--grant", "client_credentials", "--token-format", "jwt")...)
	client := url.Values{"grant_type": {"client_credentials"}, "client_id": {app["client_id"].(string)}, "client_secret": {app["client_secret"].(string)}}
	seen := make(map[string]bool)
	runJSON(t, data, append(db, "key", "rotate", "--now")...)
	for end := giveUp(t); len(seen) < 2; {
		if time.Now().After(end) {
			t.Fatal("the new key does not sign")
		}
		for i, s := range servers {
			kid := signingKey(t, s, client)
			seen[kid] = true
			others, err := publishedKeys(servers[(i+1)%len(servers)])
			if err != nil || !slices.Contains(others, kid) {
				t.Fatalf("server %d signs with %s, the next one publishes %v: %v", i, kid, others, err)
			}
		}
	}
}
