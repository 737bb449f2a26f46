package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
)

// soak is set for the tests that take long.
var soak = os.Getenv("LATCHKEY_SOAK") != ""

// repetitions is how many times each fault happens. "make soak" repeats them more often.
var repetitions = func() int {
	if soak {
		return 10
	}
	return 1
}()

// TestAcknowledgedChangesSurviveEveryFaultOfTheCluster puts three nodes and
// their PostgreSQL under load and lets the faults happen at random moments, one kind
// after the other in random order. Nothing that was acknowledged is lost, no code or refresh
// token works twice, no application gets the token of another, and all nodes recover without help.
// Only "make soak" slows the network, and cuts it without an answer: other tests show that
// the endpoints answer in time then.
func TestAcknowledgedChangesSurviveEveryFaultOfTheCluster(t *testing.T) {
	t.Parallel()
	var n *network
	c := startNodes(t, 3, func(c *nodes) string {
		n = startNetwork(t, c.postgres.Port())
		return strings.Replace(c.db, fmt.Sprintf("127.0.0.1:%d", c.postgres.Port()), n.listen, 1)
	})
	password := c.addAda(t)
	for name, fault := range map[string]func(t *testing.T, l *load, n *network){
		"a node is killed": func(t *testing.T, l *load, _ *network) {
			for i := range repetitions {
				l.moment(t)
				s := l.nodes.servers[i%len(l.nodes.servers)]
				_ = s.Process.Kill()
				_ = s.Wait()
				l.moment(t)
				l.nodes.servers[i%len(l.nodes.servers)] = l.nodes.start(strings.TrimPrefix(s.listens, "http://"))
			}
		},
		"the database is killed": func(t *testing.T, l *load, _ *network) {
			for range repetitions {
				l.moment(t)
				l.nodes.postgres.Kill()
				l.moment(t)
				if err := l.nodes.postgres.Restart(); err != nil {
					t.Fatal(err)
				}
			}
		},
		"the network is cut": func(t *testing.T, l *load, n *network) {
			for range repetitions {
				l.moment(t)
				n.up(t, false)
				l.moment(t)
				n.up(t, true)
			}
		},
		"the network is silent": func(t *testing.T, l *load, n *network) {
			l.moment(t)
			heal := n.harm(t, "timeout", "downstream", map[string]any{"timeout": 0})
			l.failures(t, 8) // for longer than a server waits
			heal()
		},
		"the network is slow": func(t *testing.T, l *load, n *network) {
			for range repetitions {
				l.moment(t)
				heal := n.harm(t, "latency", "downstream", map[string]any{"latency": 50, "jitter": 50})
				l.moment(t)
				heal()
			}
		},
		"connections are reset during commits": func(t *testing.T, l *load, n *network) {
			for range 3 * repetitions {
				l.moment(t)
				n.harm(t, "reset_peer", "downstream", map[string]any{"timeout": 5})()
			}
		},
	} {
		if !soak && (name == "the network is silent" || name == "the network is slow") {
			continue
		}
		if !t.Run(name, func(t *testing.T) { underLoad(t, c, password, func(l *load) { fault(t, l, n) }) }) {
			return // the cluster might not have recovered
		}
	}
}

// TestNodesFollowAPromotedStandby kills the primary and promotes its synchronous
// standby. Nothing that was acknowledged is lost.
func TestNodesFollowAPromotedStandby(t *testing.T) {
	t.Parallel()
	c, standby := startNodesWithStandby(t, 3)
	underLoad(t, c, c.addAda(t), func(l *load) {
		l.moment(t)
		c.postgres.Kill()
		l.moment(t)
		if err := standby.Promote(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestRefreshIsNotAcknowledgedBeforeTheStandbyHasIt: while the synchronous
// standby is down, only the primary stores a rotation. PostgreSQL shows it to
// everybody as soon as the session that waits for the standby has gone. It must
// not reach a client, because it can be lost with the primary.
func TestRefreshIsNotAcknowledgedBeforeTheStandbyHasIt(t *testing.T) {
	t.Parallel()
	c, standby := startNodesWithStandby(t, 1)
	a := startApp(t, c)
	refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.tokens["refresh_token"].(string)}}
	before := generation(t, c.db)
	standby.Kill()
	for range 2 {
		if status, answer := a.send(t, "/token", refresh); status != http.StatusServiceUnavailable {
			t.Fatalf("without the standby: %d %v", status, answer)
		}
	}
	if now := generation(t, c.db); now != before+1 {
		t.Fatalf("the primary has not stored the rotation: generation %d, before %d", now, before)
	}
	c.postgres.Kill()
	if err := standby.Restart(); err != nil {
		t.Fatal(err)
	}
	if err := standby.Promote(); err != nil {
		t.Fatal(err)
	}
	status, answer := a.send(t, "/token", refresh)
	for end := giveUp(t); status == http.StatusServiceUnavailable && time.Now().Before(end); <-time.After(20 * time.Millisecond) {
		status, answer = a.send(t, "/token", refresh)
	}
	if status != http.StatusOK {
		t.Fatalf("after the promotion: %d %v", status, answer)
	}
}

// startNodesWithStandby starts nodes that use whichever of a primary and its
// synchronous standby takes writes.
func startNodesWithStandby(t *testing.T, n int, args ...string) (c *nodes, standby *pgtest.Server) {
	t.Helper()
	c = startNodes(t, n, func(c *nodes) string {
		var err error
		if standby, err = c.postgres.Standby(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(standby.Stop)
		primary := fmt.Sprintf("127.0.0.1:%d", c.postgres.Port())
		return strings.Replace(c.db, primary, fmt.Sprintf("%s,127.0.0.1:%d", primary, standby.Port()), 1) + "&target_session_attrs=read-write"
	}, args...)
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
	password := c.addAda(t)
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

// A load is two applications that use the nodes.
type load struct {
	nodes     *nodes
	notebooks []*notebook
	random    *rand.Rand
}

// moment waits for a random number of requests.
func (l *load) moment(t *testing.T) {
	t.Helper()
	awaitMoment(t, l.random, l.notebooks...)
}

// failures waits until so many more requests have failed.
func (l *load) failures(t *testing.T, more int) {
	t.Helper()
	total := func() (n int) {
		for _, note := range l.notebooks {
			n += note.amount().failures
		}
		return n
	}
	end := total() + more
	await(t, l.notebooks[0].changed, "requests fail", func() bool { return total() >= end })
}

// underLoad causes faults while two applications use the nodes. Afterwards it
// compares the state of the nodes with the responses that the applications received.
func underLoad(t *testing.T, c *nodes, password string, fault func(*load)) {
	t.Helper()
	data, issuer := t.TempDir(), c.proxy.URL+"/o"
	browser := logIn(t, issuer, password)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	l := &load{nodes: c, random: rand.New(rand.NewPCG(seed, 2))} //nolint:gosec // moments, not secrets
	var (
		clients []url.Values
		workers sync.WaitGroup
		stop    = make(chan struct{})
		changed = make(chan struct{}, 1)
	)
	for _, name := range []string{"One", "Two"} {
		app := runJSON(t, data, "app", "add", "--db", c.reached, "--name", name, "--redirect-uri", "https://app.example/cb", "--grant", "code refresh client_credentials", "--skip-authorization")
		clients = append(clients, url.Values{"client_id": {app["client_id"].(string)}, "client_secret": {app["client_secret"].(string)}})
		l.notebooks = append(l.notebooks, newNotebook(changed))
	}
	for i, note := range l.notebooks {
		note.keepBusy(&workers, 4, issuer, clients[i], browser, stop)
	}
	fault(l)
	for _, s := range c.servers {
		recovers(t, s, clients[0])
	}
	for _, note := range l.notebooks {
		before := note.amount()
		await(t, changed, "operations succeed after the fault", func() bool { return note.amount().exceeds(before, 10) })
	}
	close(stop)
	workers.Wait()
	for i, note := range l.notebooks {
		note.check(t, issuer, clients[i])
	}
}

// recovers waits until a node issues tokens again.
func recovers(t *testing.T, s *server, client url.Values) {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": client["client_id"], "client_secret": client["client_secret"]}
	end := giveUp(t)
	for successes := 0; successes < 3; {
		status, _, err := post(s.listens+"/o/token", form)
		switch {
		case err == nil && status == http.StatusOK:
			successes++
		case err == nil && status != http.StatusServiceUnavailable:
			t.Fatalf("while its database is unavailable, a node answers %d", status)
		case time.Now().After(end):
			t.Fatalf("a node does not recover: %d %v", status, err)
		default:
			successes = 0
		}
	}
}

// TestARefreshInDoubtGetsTheSamePairAgain: the database commits, but the
// connection is lost before the result arrives. The client receives 503, repeats
// its request and gets the pair that was issued the first time, also if the
// database is unavailable for longer than the replay window.
func TestARefreshInDoubtGetsTheSamePairAgain(t *testing.T) {
	t.Parallel()
	const window = 3 * time.Second
	var n *network
	c := startNodes(t, 1, func(c *nodes) string {
		n = startNetwork(t, c.postgres.Port())
		// With one connection, the statement is prepared and sent without a round trip.
		return strings.Replace(c.db, fmt.Sprintf("127.0.0.1:%d", c.postgres.Port()), n.listen, 1) + "&pool_max_conns=1"
	}, "--replay-window", window.String())
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
				t.Fatalf("after the response of the database was lost: %d %v", status, answer)
			}
			heal()
			if generation(t, c.db) == before+1 {
				break
			}
			// The connection was busy at that moment, so the statement was not sent. The
			// next connection must prepare it first.
			if tries == 100 {
				t.Fatal("no commit lost its response")
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
			for back := time.Now().Add(away); time.Now().Before(back); <-time.After(100 * time.Millisecond) {
				if status, answer := send("/token", refresh); status != http.StatusServiceUnavailable {
					t.Fatalf("while the database is unavailable: %d %v", status, answer)
				}
			}
			n.up(t, true)
		}
		var status int
		status, tokens = send("/token", refresh)
		for status == http.StatusServiceUnavailable { // lost connections are noticed one by one
			status, tokens = send("/token", refresh)
		}
		if status != http.StatusOK {
			t.Fatalf("the repeated request: %d %v", status, tokens)
		}
		if now := generation(t, c.db); now != before+1 {
			t.Errorf("the repeated request issued another pair: generation %d", now)
		}
		if _, found := send("/introspect", url.Values{"token": {tokens["access_token"].(string)}}); found["active"] != true {
			t.Error("the access token of the repeated response is not active")
		}
	}
}

// generation returns the generation of the only family.
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
