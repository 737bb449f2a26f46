package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
)

// strikes is how often each fault strikes.
const strikes = 3

// TestNodesOutliveEveryFault puts three nodes and their PostgreSQL under load,
// lets a fault strike at random moments, and then holds the nodes to all that
// they acknowledged: nothing is lost, no code or refresh token was good twice,
// no application got another's token, and all nodes serve again by themselves.
func TestNodesOutliveEveryFault(t *testing.T) {
	for name, strike := range map[string]func(t *testing.T, c *nodes, n *network, moment func()){
		"a node is killed": func(t *testing.T, c *nodes, _ *network, moment func()) {
			for i := range strikes {
				moment()
				s := c.servers[i%len(c.servers)]
				_ = s.Process.Kill()
				_ = s.Wait()
				moment()
				c.servers[i%len(c.servers)] = c.start(t, strings.TrimPrefix(s.listens, "http://"))
			}
		},
		"the database is killed": func(t *testing.T, c *nodes, _ *network, moment func()) {
			for range strikes {
				moment()
				c.postgres.Kill()
				moment()
				if err := c.postgres.Restart(); err != nil {
					t.Fatal(err)
				}
			}
		},
		"the network is cut": func(t *testing.T, _ *nodes, n *network, moment func()) {
			for range strikes {
				moment()
				n.up(t, false)
				moment()
				n.up(t, true)
			}
		},
		"the network is silent": func(t *testing.T, _ *nodes, n *network, moment func()) {
			moment()
			heal := n.harm(t, "timeout", "downstream", map[string]any{"timeout": 0})
			time.Sleep(6 * time.Second) // longer than a server waits
			heal()
		},
		"the network is slow": func(t *testing.T, _ *nodes, n *network, moment func()) {
			for range strikes {
				moment()
				heal := n.harm(t, "latency", "downstream", map[string]any{"latency": 50, "jitter": 50})
				moment()
				heal()
			}
		},
		"connections are reset amid commits": func(t *testing.T, _ *nodes, n *network, moment func()) {
			for range 3 * strikes {
				moment()
				n.harm(t, "reset_peer", "downstream", map[string]any{"timeout": 5})()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			var n *network
			c := startNodes(t, 3, func(c *nodes) string {
				n = startNetwork(t, c.postgres.Port())
				return strings.Replace(c.db, fmt.Sprintf("127.0.0.1:%d", c.postgres.Port()), n.listen, 1)
			})
			underLoad(t, c, func(moment func()) { strike(t, c, n, moment) })
		})
	}
}

// TestNodesFollowAPromotedStandby: the primary dies, its synchronous standby
// takes over, and nothing acknowledged is lost.
func TestNodesFollowAPromotedStandby(t *testing.T) {
	c, standby := startNodesWithStandby(t, 3)
	underLoad(t, c, func(moment func()) {
		moment()
		c.postgres.Kill()
		moment()
		if err := standby.Promote(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestWhatTheStandbyDoesNotHaveIsToldNobody: while the synchronous standby is
// away, a refresh is kept by the primary alone. PostgreSQL shows it to everybody
// when nobody waits for it any more; no client hears of it, so that it can be
// lost with the primary.
func TestWhatTheStandbyDoesNotHaveIsToldNobody(t *testing.T) {
	c, standby := startNodesWithStandby(t, 1)
	a := startApp(t, c)
	refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.tokens["refresh_token"].(string)}}
	before := generation(t, c.db)
	standby.Kill()
	for range 2 {
		if status, answer := a.send(t, "/token", refresh); status != http.StatusServiceUnavailable {
			t.Fatalf("the standby cannot have it: %d %v", status, answer)
		}
	}
	if now := generation(t, c.db); now != before+1 {
		t.Fatalf("the primary does not have it: generation %d, and it was %d", now, before)
	}
	c.postgres.Kill()
	if err := standby.Restart(); err != nil {
		t.Fatal(err)
	}
	if err := standby.Promote(); err != nil {
		t.Fatal(err)
	}
	status, answer := a.send(t, "/token", refresh)
	for deadline := time.Now().Add(30 * time.Second); status == http.StatusServiceUnavailable && time.Now().Before(deadline); {
		status, answer = a.send(t, "/token", refresh)
	}
	if status != http.StatusOK {
		t.Fatalf("after the promotion: %d %v", status, answer)
	}
}

// startNodesWithStandby starts nodes that use whichever of a primary and its
// synchronous standby takes writes.
func startNodesWithStandby(t *testing.T, n int) (c *nodes, standby *pgtest.Server) {
	t.Helper()
	c = startNodes(t, n, func(c *nodes) string {
		var err error
		if standby, err = c.postgres.Standby(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(standby.Stop)
		primary := fmt.Sprintf("127.0.0.1:%d", c.postgres.Port())
		return strings.Replace(c.db, primary, fmt.Sprintf("%s,127.0.0.1:%d", primary, standby.Port()), 1) + "&target_session_attrs=read-write"
	})
	return c, standby
}

// app is an application with the tokens that ada has given it.
type app struct {
	issuer  string
	browser *http.Client
	client  url.Values
	tokens  map[string]any
}

func startApp(t *testing.T, c *nodes) *app {
	t.Helper()
	data := t.TempDir()
	a := &app{issuer: c.proxy.URL + "/o"}
	password := runJSON(t, data, "user", "add", "ada", "--generate", "--db", c.reached)["password"].(string)
	added := runJSON(t, data, "app", "add", "--db", c.reached, "--name", "App", "--redirect-uri", "https://app.example/cb", "--grant", "code refresh", "--skip-authorization")
	a.client = url.Values{"client_id": {added["client_id"].(string)}, "client_secret": {added["client_secret"].(string)}}
	a.browser = logIn(t, a.issuer, password)
	var status int
	status, a.tokens = a.send(t, "/token", url.Values{"grant_type": {"authorization_code"}, "code": {code(a.browser, a.issuer, a.client)}, "code_verifier": {verifier}})
	if status != http.StatusOK {
		t.Fatal(status, a.tokens)
	}
	return a
}

func (a *app) send(t *testing.T, path string, form url.Values) (int, map[string]any) {
	t.Helper()
	for name, values := range a.client {
		form[name] = values
	}
	status, answer, err := post(a.issuer+path, form)
	if err != nil {
		t.Fatal(err)
	}
	return status, answer
}

// underLoad lets the faults strike while two applications use the nodes, and
// compares afterwards.
func underLoad(t *testing.T, c *nodes, strike func(moment func())) {
	t.Helper()
	data, issuer := t.TempDir(), c.proxy.URL+"/o"
	password := runJSON(t, data, "user", "add", "ada", "--generate", "--db", c.reached)["password"].(string)
	browser := logIn(t, issuer, password)
	var (
		clients   []url.Values
		notebooks []*notebook
		load      sync.WaitGroup
		stop      = make(chan struct{})
	)
	for _, name := range []string{"One", "Two"} {
		app := runJSON(t, data, "app", "add", "--db", c.reached, "--name", name, "--redirect-uri", "https://app.example/cb", "--grant", "code refresh client_credentials", "--skip-authorization")
		client := url.Values{"client_id": {app["client_id"].(string)}, "client_secret": {app["client_secret"].(string)}}
		note := newNotebook()
		clients, notebooks = append(clients, client), append(notebooks, note)
		for worker := range 4 {
			load.Go(func() {
				for {
					note.load(issuer, client, browser, worker, stop) // returns when something failed
					select {
					case <-stop:
						return
					case <-time.After(5 * time.Millisecond):
					}
				}
			})
		}
	}
	answers := func() (n int) {
		for _, note := range notebooks {
			note.look(func() { n += note.answered })
		}
		return n
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 2)) //nolint:gosec // moments, not secrets
	moment := func() { time.Sleep(time.Duration(50+random.IntN(250)) * time.Millisecond) }
	strike(moment)
	for _, s := range c.servers {
		recovers(t, s, clients[0])
	}
	enough := func(note *notebook) (yes bool) {
		note.look(func() { yes = note.least() >= 10 })
		return yes
	}
	before := answers()
	for deadline := time.Now().Add(time.Minute); answers() < before+100 || !enough(notebooks[0]) || !enough(notebooks[1]); {
		time.Sleep(time.Millisecond) // the load goes on
		if time.Now().After(deadline) {
			t.Fatal("after the fault there is hardly any answer")
		}
	}
	close(stop)
	load.Wait()
	for i, note := range notebooks {
		note.check(t, issuer, clients[i])
		note.large(t, 10)
	}
}

// recovers waits until a node gives tokens again, by itself.
func recovers(t *testing.T, s *server, client url.Values) {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": client["client_id"], "client_secret": client["client_secret"]}
	deadline := time.Now().Add(30 * time.Second)
	for good := 0; good < 3; {
		status, _, err := post(s.listens+"/o/token", form)
		switch {
		case err == nil && status == http.StatusOK:
			good++
		case err == nil && status != http.StatusServiceUnavailable:
			t.Fatalf("a node whose database was away answers %d", status)
		case time.Now().After(deadline):
			t.Fatalf("a node does not recover: %d %v", status, err)
		default:
			good = 0
		}
	}
}

// TestR8_3_ARefreshInDoubtIsAnsweredAgain: the database commits, and the
// connection is lost before it can say so. The client hears 503 and repeats
// its request, and gets the pair that was made the first time; also if the
// database is away for longer than a replay is answered otherwise.
func TestR8_3_ARefreshInDoubtIsAnsweredAgain(t *testing.T) {
	const window = time.Second
	t.Setenv("LATCHKEY_REPLAY_WINDOW", window.String())
	var n *network
	c := startNodes(t, 1, func(c *nodes) string {
		n = startNetwork(t, c.postgres.Port())
		// One connection, so that it has met the statement before, and sends it at once.
		return strings.Replace(c.db, fmt.Sprintf("127.0.0.1:%d", c.postgres.Port()), n.listen, 1) + "&pool_max_conns=1"
	})
	a := startApp(t, c)
	send := func(path string, form url.Values) (int, map[string]any) {
		t.Helper()
		return a.send(t, path, form)
	}
	_, tokens := send("/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.tokens["refresh_token"].(string)}})
	for _, away := range []time.Duration{0, 2 * window, 0} {
		var (
			refresh url.Values
			before  int
		)
		for tries := 0; ; tries++ {
			refresh = url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens["refresh_token"].(string)}}
			before = generation(t, c.db)
			heal := n.harm(t, "timeout", "downstream", map[string]any{"timeout": 100})
			if status, answer := send("/token", refresh); status != http.StatusServiceUnavailable {
				t.Fatalf("the answer of the database was lost: %d %v", status, answer)
			}
			heal()
			if generation(t, c.db) == before+1 {
				break
			}
			// The connection was asking for changes at that very moment, so this was
			// not sent. The next one must meet the statement first.
			if tries == 10 {
				t.Fatal("no commit comes to be in doubt")
			}
			status := http.StatusServiceUnavailable
			for status == http.StatusServiceUnavailable {
				status, tokens = send("/token", refresh)
			}
			if status != http.StatusOK {
				t.Fatal(status, tokens)
			}
		}
		if away > 0 {
			n.up(t, false)
			for back := time.Now().Add(away); time.Now().Before(back); {
				if status, answer := send("/token", refresh); status != http.StatusServiceUnavailable {
					t.Fatalf("the database is away: %d %v", status, answer)
				}
			}
			n.up(t, true)
		}
		var status int
		status, tokens = send("/token", refresh)
		for status == http.StatusServiceUnavailable { // connections that were lost are found one by one
			status, tokens = send("/token", refresh)
		}
		if status != http.StatusOK {
			t.Fatalf("the repeated request: %d %v", status, tokens)
		}
		if now := generation(t, c.db); now != before+1 {
			t.Errorf("the repeated request made another pair: generation %d", now)
		}
		if _, found := send("/introspect", url.Values{"token": {tokens["access_token"].(string)}}); found["active"] != true {
			t.Error("the repeated answer's access token is not good")
		}
	}
}

// generation is that of the only family.
func generation(t *testing.T, db string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if err := conn.QueryRow(t.Context(), `SELECT generation FROM latchkey_family`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
