package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/seed-e6a88a41/latchkey/oauth"
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
	t.Parallel()
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

// TestPagesThatCannotGoOnLeadBackToTheApplication: a request that was answered
// before, one that has expired and one of another browser can be started again.
func TestPagesThatCannotGoOnLeadBackToTheApplication(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.page("/cb", "The callback.")
	w.page("/start", "The start page.")
	add := func(name, homepage string) *oauth.Client {
		app, _ := w.AddClient(w.at("app", "/cb"), func(c *oauth.Client) { c.Name, c.HomepageURL = name, homepage })
		return app
	}
	b, other := newBrowser(t, true), newBrowser(t, true)
	for _, app := range []*oauth.Client{add("Plain", ""), add("Homely", w.at("app", "/start"))} {
		back := func(b *browser, page string) {
			t.Helper()
			b.says(page)
			b.clickThrough("main .actions a")
			if app.HomepageURL != "" {
				b.says("The start page.")
			} else {
				b.says(app.Name)
			}
		}
		t.Log("of another browser")
		b.open(w.Issuer + "/authorize/?" + request(app.ID, "redirect_uri", app.RedirectURIs[0], "prompt", "login").Encode())
		next, err := url.Parse(b.address())
		if err != nil {
			t.Fatal(err)
		}
		resume := w.URL + next.Query().Get("next")
		other.open(resume)
		back(other, "was opened in another browser")
		t.Log("expired")
		w.Advance(time.Hour)
		b.open(resume)
		back(b, "has expired")
	}
}

// TestRequestAnsweredBeforeLeadsBackToTheApplication: the person goes back after
// the application has used the code.
func TestRequestAnsweredBeforeLeadsBackToTheApplication(t *testing.T) {
	t.Parallel()
	p, s := startProvider(t), startSite(t)
	s.page("/cb", "The callback.")
	s.page("/start", "The start page.")
	callback := s.at("app", "/cb")
	app := p.run("", "app", "add", "--name", "The app", "--redirect-uri", callback, "--homepage", s.at("app", "/start"))
	b := newBrowser(t, true)
	b.open(p.authorize(text(app["client_id"])))
	b.logIn(personName, personPassword)
	again := b.tab()
	again.open(b.address()) // the same request
	for _, tab := range []*browser{b, again} {
		tab.click("#allow")
		tab.clickThrough("button[value=authorize]")
		if tab == b {
			tab.says("The callback.")
			p.redeem(text(app["client_id"]), text(app["client_secret"]), callback, s.waitFor(callback).form.Get("code"))
		}
	}
	again.says("You have already answered this request")
	again.clickThrough("main .actions a")
	again.says("The start page.")
	if got, ok := s.received(callback); ok {
		t.Errorf("the application received %v", got.form)
	}
}
