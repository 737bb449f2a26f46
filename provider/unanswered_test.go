package provider_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// network connects the processes to their Store.
type network struct {
	down bool
	// inDoubt lets one exchange be stored, and loses its answer.
	inDoubt bool
	// beforeFailure, if set, is called before a request fails.
	beforeFailure func()
}

// node is one process on a Store that others use too.
type node struct {
	oauth.Store
	*network
}

func (n *node) Rotate(ctx context.Context, r oauth.Rotation) (oauth.SpendResult, error) {
	if n.inDoubt {
		n.inDoubt, n.down = false, true
		if _, err := n.Store.Rotate(ctx, r); err != nil {
			return oauth.SpendResult{}, err
		}
	}
	if n.down {
		if n.beforeFailure != nil {
			n.beforeFailure()
		}
		return oauth.SpendResult{}, fmt.Errorf("%w: the network is down", oauth.ErrUnavailable)
	}
	return n.Store.Rotate(ctx, r)
}

func (n *node) SetReplayWindow(ctx context.Context, w oauth.ReplayWindow) error {
	if n.down {
		return fmt.Errorf("%w: the network is down", oauth.ErrUnavailable)
	}
	return n.Store.SetReplayWindow(ctx, w)
}

// cluster is three processes on one Store, whose network fails for all of them
// at the same time. The house is the first process.
type cluster struct {
	*house
	*network
	nodes [3]*provider.Provider
}

func newCluster(t *testing.T, change func(*provider.Config)) *cluster {
	t.Helper()
	c := &cluster{network: new(network)}
	var config provider.Config
	c.house = newHouse(t, func(o *provider.Config, _ *oauth.Client) {
		if change != nil {
			change(o)
		}
		o.Store = &node{o.Store, c.network}
		config = *o
	})
	c.nodes[0] = c.Provider
	for i := 1; i < len(c.nodes); i++ {
		var err error
		if c.nodes[i], err = provider.New(ctx, config); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// refreshAt refreshes at one of the processes.
func (c *cluster) refreshAt(i int, token string) (*provider.TokenResponse, error) {
	c.Provider = c.nodes[i]
	return c.refresh(token)
}

func (c *cluster) wantUnavailable(i int, token string) {
	c.t.Helper()
	if _, err := c.refreshAt(i, token); !errors.Is(err, oauth.ErrUnavailable) {
		c.t.Fatalf("process %d answers %v, want unavailable", i, err)
	}
}

// wantPair reports whether the process answers with a pair that works.
func (c *cluster) wantPair(i int, token string) *provider.TokenResponse {
	c.t.Helper()
	pair, err := c.refreshAt(i, token)
	if err != nil {
		c.t.Fatalf("process %d answers %v, want the pair", i, err)
	}
	if !c.active(pair.AccessToken) {
		c.t.Fatalf("process %d answers with an access token that is not active", i)
	}
	return pair
}

// extend lets each process run its background work once.
func (c *cluster) extend(i int) { provider.ExtendReplayWindows(ctx, c.nodes[i]) }

// A client that was entitled to an answer and got 503 stays entitled until it
// is answered, by whichever process.
func TestUnansweredRefreshIsAnsweredAfterTheOutage(t *testing.T) {
	for name, after := range map[string]func(c *cluster, token string){
		"by the process that lost the answer":                       func(c *cluster, token string) { c.wantPair(0, token) },
		"by another process that got the request inside the window": func(c *cluster, token string) { c.wantPair(1, token) },
		"by a process that did not get the request, after one that did has extended the window": func(c *cluster, token string) {
			c.wantUnavailable(2, token)
			c.extend(0)
			c.wantPair(2, token)
		},
		"by a process that did not get the request, half an hour later": func(c *cluster, token string) {
			c.extend(1)
			c.pass(30 * time.Minute)
			c.wantPair(2, token)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, nil)
			first, other := c.tokens(), c.tokens()
			c.inDoubt = true
			c.wantUnavailable(0, first.RefreshToken)
			for range 8 { // 40 s of a synchronous standby that hangs
				c.pass(5 * time.Second)
				c.wantUnavailable(0, first.RefreshToken)
				c.wantUnavailable(1, first.RefreshToken)
			}
			c.pass(5 * time.Second)
			c.wantUnavailable(2, other.RefreshToken)
			c.down = false
			after(c, first.RefreshToken)
		})
	}
}

// As soon as the client has its answer, the window has its usual length again.
func TestAnsweredClientIsEntitledNoLongerThanTheWindow(t *testing.T) {
	c := newCluster(t, nil)
	first := c.tokens()
	c.inDoubt = true
	c.wantUnavailable(0, first.RefreshToken)
	c.pass(time.Minute)
	c.down = false
	c.extend(0)
	pair := c.wantPair(1, first.RefreshToken)
	c.pass(9 * time.Second)
	if again := c.wantPair(2, first.RefreshToken); again.RefreshToken != pair.RefreshToken {
		t.Error("inside the window another pair was issued")
	}
	c.pass(20 * time.Second)
	_, err := c.refreshAt(2, first.RefreshToken)
	wantCode(t, err, "invalid_grant")
	if c.active(pair.AccessToken) {
		t.Error("the reuse did not revoke the family")
	}
}

// A token that is presented for the first time after its window has ended
// gains nothing from an outage, and a client that closes its connection gains
// nothing from that.
func TestWindowThatHasEndedIsNotWidened(t *testing.T) {
	for name, attack := range map[string]func(c *cluster, token string){
		"by presenting the token during an outage": func(c *cluster, token string) {
			c.pass(11 * time.Second)
			c.down = true
			c.wantUnavailable(0, token)
			c.down = false
		},
		"by closing the connection during an outage": func(c *cluster, token string) {
			c.down = true
			gone, cancel := context.WithCancel(ctx)
			cancel()
			if _, err := c.Token(gone, "", params(c.t, "client_id", c.id, "client_secret", c.key, "grant_type", "refresh_token", "refresh_token", token)); err == nil {
				c.t.Fatal("the Store was down")
			}
			c.down = false
			c.pass(11 * time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, nil)
			first := c.tokens()
			second := c.wantPair(0, first.RefreshToken)
			attack(c, first.RefreshToken)
			for i := range c.nodes {
				c.extend(i)
			}
			c.pass(16 * time.Second)
			_, err := c.refreshAt(0, first.RefreshToken)
			wantCode(t, err, "invalid_grant")
			if c.active(second.AccessToken) {
				t.Error("the reuse did not revoke the family")
			}
		})
	}
}

// Just after a failure, a process does not decide that the last exchanged
// token was reused. Older generations are never in doubt.
func TestReuseIsDecidedSoonAfterAnOutage(t *testing.T) {
	c := newCluster(t, nil)
	first, other := c.tokens(), c.tokens()
	second := c.wantPair(0, first.RefreshToken)
	third := c.wantPair(0, second.RefreshToken)
	c.pass(time.Minute)
	c.down = true
	c.wantUnavailable(0, other.RefreshToken)
	c.down = false
	c.wantUnavailable(0, second.RefreshToken)
	if !c.active(third.AccessToken) {
		t.Fatal("the family was revoked in doubt")
	}
	_, err := c.refreshAt(0, first.RefreshToken)
	wantCode(t, err, "invalid_grant")
	if c.active(third.AccessToken) {
		t.Error("the reuse of an older generation did not revoke the family")
	}
}

// A caller that keeps presenting a reused token does not put the decision off.
func TestReuseIsDecidedEvenIfItIsRepeated(t *testing.T) {
	c := newCluster(t, nil)
	first, other := c.tokens(), c.tokens()
	second := c.wantPair(0, first.RefreshToken)
	c.pass(time.Minute)
	c.down = true
	c.wantUnavailable(0, other.RefreshToken)
	c.down = false
	for range 3 {
		c.wantUnavailable(0, first.RefreshToken)
		c.pass(5 * time.Second)
	}
	_, err := c.refreshAt(0, first.RefreshToken)
	wantCode(t, err, "invalid_grant")
	if c.active(second.AccessToken) {
		t.Error("the reuse did not revoke the family")
	}
}

// A request that waited long for the Store failed when it was given up, not when
// it began.
func TestReuseIsNotDecidedRightAfterARequestThatWaitedLong(t *testing.T) {
	c := newCluster(t, nil)
	first, other := c.tokens(), c.tokens()
	c.inDoubt = true
	c.wantUnavailable(0, first.RefreshToken)
	c.beforeFailure = func() { c.pass(20 * time.Second) }
	c.wantUnavailable(2, other.RefreshToken)
	c.down = false
	c.wantUnavailable(2, first.RefreshToken)
	c.extend(0)
	c.wantPair(2, first.RefreshToken)
}

// Without a replay window nothing is answered again.
func TestNoReplayWindowMeansNoAnswerAfterAnOutage(t *testing.T) {
	c := newCluster(t, func(o *provider.Config) { o.ReplayWindow = -1 })
	first := c.tokens()
	c.inDoubt = true
	c.wantUnavailable(0, first.RefreshToken)
	c.down = false
	c.pass(time.Minute)
	_, err := c.refreshAt(0, first.RefreshToken)
	wantCode(t, err, "invalid_grant")
}

// Run extends the windows without being asked.
func TestRunExtendsTheWindowsOfUnansweredClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, nil)
		first := c.tokens()
		c.inDoubt = true
		c.wantUnavailable(0, first.RefreshToken)
		c.pass(time.Minute)
		c.down = false
		running, stop := context.WithCancel(ctx)
		defer stop()
		go c.nodes[0].Run(running)
		<-time.After(2 * time.Second)
		synctest.Wait()
		c.pass(time.Minute)
		c.wantPair(2, first.RefreshToken)
		stop()
		synctest.Wait()
	})
}
