package e2e

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// A barrier answers requests for the authorization endpoint only when two of
// them have arrived.
type barrier struct {
	next    http.Handler
	mu      sync.Mutex
	arrived int
	both    chan struct{}
}

func (b *barrier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/authorize/") && r.URL.Query().Has("client_id") {
		b.mu.Lock()
		if b.arrived++; b.arrived == 2 {
			close(b.both)
		}
		b.mu.Unlock()
		<-b.both
	}
	b.next.ServeHTTP(w, r)
}

// TestTwoRequestsThatStartAtTheSameTimeBothFinish opens two applications in a new
// browser before it has a cookie.
func TestTwoRequestsThatStartAtTheSameTimeBothFinish(t *testing.T) {
	gate := &barrier{both: make(chan struct{})}
	p, front := startProxiedProvider(t)
	gate.next = front.handler
	front.handler = gate
	s := startSite(t)
	s.page("/one", "The first callback.")
	s.page("/two", "The second callback.")
	one, two := p.app(s.at("one", "/one")), p.app(s.at("two", "/two"))
	first := newBrowser(t, true)
	second := first.tab()
	started := make(chan error)
	go func() {
		started <- chromedp.Do(second.ctx, chromedp.Navigate(p.authorize(two)))
	}()
	first.open(p.authorize(one))
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	first.logIn(personName, personPassword)
	second.logIn(personName, personPassword)
	first.click("#allow")
	first.clickThrough("button[value=authorize]")
	first.says("The first callback.")
	second.click("#allow")
	second.clickThrough("button[value=authorize]")
	second.says("The second callback.")
	for _, callback := range []string{s.at("one", "/one"), s.at("two", "/two")} {
		if got := s.waitFor(callback); got.form.Get("code") == "" {
			t.Errorf("%s received %v", callback, got.form)
		}
	}
}
