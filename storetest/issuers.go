package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// testIssuers checks that servers with different issuers do not use a Store at the same time.
func testIssuers(t *testing.T, h *house) {
	last := func(want string) {
		t.Helper()
		if got, err := h.Issuer(ctx); err != nil || got != want {
			t.Errorf("the last issuer is %q %v, want %q", got, err, want)
		}
	}
	use := func(server, issuer string, idle, works bool) {
		t.Helper()
		err := h.UseIssuer(ctx, oauth.IssuerUse{Server: server, Issuer: issuer, Lasts: time.Minute, Idle: idle})
		used, isUsed := errors.AsType[*oauth.IssuerInUseError](err)
		if (err == nil) != works || isUsed == works || isUsed && used.Issuer == issuer {
			t.Errorf("the server %s with the issuer %s: %v", server, issuer, err)
		}
	}
	const a, b = "https://a.example/o", "https://b.example/o"
	if h.NewerTables() {
		t.Error("a new Store was changed by a newer release")
	}
	last("")
	use("1", a, false, true)
	use("2", a, true, true) // several servers of one issuer
	use("3", b, false, false)
	last(a)
	must(t, h.EndIssuerUse(ctx, "1"))
	use("3", b, false, false)
	must(t, h.EndIssuerUse(ctx, "2"))
	must(t, h.EndIssuerUse(ctx, "unknown"))
	last(a)
	use("3", b, false, true)
	last(b)
	use("1", a, false, false)
	h.setNow(h.now.Add(time.Minute + time.Millisecond)) // server 3 has crashed
	use("1", a, false, true)
	must(t, h.EndIssuerUse(ctx, "1"))

	var wins sync.Map
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			issuer := fmt.Sprintf("https://%d.example", i)
			if h.UseIssuer(ctx, oauth.IssuerUse{Server: issuer, Issuer: issuer, Lasts: time.Minute}) == nil {
				wins.Store(issuer, true)
			}
		})
	}
	group.Wait()
	n := 0
	wins.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("%d of 8 servers with different issuers started at the same time", n)
	}
	hosted := func(want bool) {
		t.Helper()
		if got, err := h.HostPeople(ctx); err != nil || got != want {
			t.Errorf("the people are those of a host program: %v %v, want %v", got, err, want)
		}
	}
	hosted(false)
	h.setNow(h.now.Add(2 * time.Minute)) // all servers have crashed
	must(t, h.UseIssuer(ctx, oauth.IssuerUse{Server: "1", Issuer: a, Lasts: time.Minute, HostPeople: true}))
	hosted(true)
	if h.UseIssuer(ctx, oauth.IssuerUse{Server: "3", Issuer: b, Lasts: time.Minute}) == nil {
		t.Error("two issuers use the Store at the same time")
	}
	must(t, h.EndIssuerUse(ctx, "1"))
	use("2", a, false, true) // a server with accounts does not change the record
	hosted(true)
	must(t, h.ForgetHostPeople(ctx))
	must(t, h.ForgetHostPeople(ctx))
	hosted(false)
	use("2", a, false, true)
	hosted(false)
	if h.UseIssuer(ctx, oauth.IssuerUse{Server: "3", Issuer: b, Lasts: time.Minute, HostPeople: true}) == nil {
		t.Error("two issuers use the Store at the same time")
	}
	hosted(false) // the server did not use the Store
	testNodes(t, h)
	must(t, h.ClaimIssuer(a))
	must(t, h.ClaimIssuer(a))
	if h.ClaimIssuer(b) == nil {
		t.Error("another issuer can claim the Store in this process")
	}
}

// testNodes checks that the nodes that use a Store are listed, and those that are gone are not.
func testNodes(t *testing.T, h *house) {
	t.Helper()
	h.setNow(h.now.Add(time.Hour)) // all others are gone
	const issuer = "https://a.example/o"
	use := func(server, host string, certificate time.Time) {
		t.Helper()
		node := oauth.Node{ID: "is ignored", Host: host, Version: "v0.1.0", StartedAt: h.now.Add(-time.Hour), SeenAt: h.now.Add(time.Hour), CertificateEnds: certificate}
		must(t, h.UseIssuer(ctx, oauth.IssuerUse{Server: server, Issuer: issuer, Lasts: time.Minute, Node: node}))
	}
	list := func(want string) {
		t.Helper()
		nodes, err := h.Nodes(ctx)
		var got string
		for _, n := range nodes {
			got += fmt.Sprint(n.ID, " ", n.Host, " ", n.Version, " ", h.now.Sub(n.SeenAt), " ", n.SeenAt.Sub(n.StartedAt), " ", n.CertificateEnds.IsZero(), "; ")
		}
		if err != nil || got != want {
			t.Errorf("the nodes are %q %v, want %q", got, err, want)
		}
	}
	use("1", "b", time.Time{})
	use("2", "a", h.now)
	list("2 a v0.1.0 0s 1h0m0s false; 1 b v0.1.0 0s 1h0m0s true; ")
	h.setNow(h.now.Add(40 * time.Second))
	use("1", "b", time.Time{})
	list("2 a v0.1.0 40s 1h0m0s false; 1 b v0.1.0 0s 1h0m0s true; ")
	h.setNow(h.now.Add(40 * time.Second))
	list("1 b v0.1.0 40s 1h0m0s true; ")
	if err := h.UseIssuer(ctx, oauth.IssuerUse{Server: "3", Issuer: "https://other.example/o", Lasts: time.Minute}); err == nil {
		t.Error("another issuer can use the Store")
	}
	list("1 b v0.1.0 40s 1h0m0s true; ")
	must(t, h.EndIssuerUse(ctx, "1"))
	list("")
}
