package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The secrets of the examples of the specification.
const (
	secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	other  = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
)

// attempt is a request that a receiver got.
type attempt struct {
	address string
	header  http.Header
	body    string
	at      time.Time
}

// receivers responds to requests, and keeps them.
type receivers struct {
	mu       sync.Mutex
	attempts []attempt
	respond  func(address string, n int) (int, http.Header, error) // n is the number of the request
	events   []string
}

func (r *receivers) send(_ context.Context, address string, header http.Header, body string) (int, http.Header, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.attempts = append(r.attempts, attempt{address, header, body, time.Now()})
	if r.respond == nil {
		return http.StatusNoContent, http.Header{}, nil
	}
	return r.respond(address, len(r.attempts))
}

func (r *receivers) taken() []attempt {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.attempts)
}

// run runs a test with a fake clock and a sender that delivers.
func run(t *testing.T, r *receivers, webhooks []oauth.Webhook, log *bytes.Buffer, test func(*Sender)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{
			Webhooks: webhooks, Store: memstore.New(time.Now), Send: r.send, Clock: time.Now, Logger: slog.New(slog.NewTextHandler(log, nil)),
			OnEvent: func(_ context.Context, e oauth.Event) {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.events = append(r.events, e.Target+" "+e.Outcome)
			},
		})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = s.Run(ctx) }()
		test(s)
		stop()
		<-done
	})
}

func one(events ...string) []oauth.Webhook {
	return []oauth.Webhook{{Name: "audit", URL: "https://audit.example/hook?token=hidden", Secrets: []string{secret}, Events: events}}
}

// TestSignatureIsThatOfTheSpecification has the example of the Standard Webhooks
// specification, and both signatures of a webhook with two secrets.
func TestSignatureIsThatOfTheSpecification(t *testing.T) {
	m := oauth.WebhookMessage{ID: "msg_p5jXN8AQM9LWM0D4loKWxJek", Body: `{"test": 2432232314}`}
	got := header(oauth.Webhook{Secrets: []string{secret}}, m, time.Unix(1614265330, 0))
	const want = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	if got.Get("webhook-signature") != want || got.Get("webhook-id") != m.ID || got.Get("webhook-timestamp") != "1614265330" {
		t.Errorf("the header is %v", got)
	}
	both := strings.Fields(header(oauth.Webhook{Secrets: []string{other, secret}}, m, time.Unix(1614265330, 0)).Get("webhook-signature"))
	if len(both) != 2 || both[1] != want || both[0] == want {
		t.Errorf("the signatures are %q", both)
	}
}

func TestWebhooksReceiveTheEventsThatTheyChose(t *testing.T) {
	r, log := new(receivers), new(bytes.Buffer)
	webhooks := append(one(oauth.EventLogin), oauth.Webhook{Name: "all", URL: "https://all.example", Secrets: []string{secret}})
	run(t, r, webhooks, log, func(s *Sender) {
		for _, name := range []string{oauth.EventLogin, oauth.EventToken, oauth.EventWebhook} {
			s.OnEvent(t.Context(), oauth.Event{Name: name, Outcome: "ok", ClientID: "c", At: time.Now()})
		}
		time.Sleep(time.Minute)
		var got []string
		ids := make(map[string]bool)
		for _, a := range r.taken() {
			var p payload
			if err := json.Unmarshal([]byte(a.body), &p); err != nil || p.Data.ClientID != "c" || p.Timestamp.IsZero() {
				t.Errorf("%s: %v", a.body, err)
			}
			got = append(got, a.address[:13]+p.Type)
			ids[a.header.Get("webhook-id")] = true
		}
		slices.Sort(got)
		if want := []string{"https://all.elogin", "https://all.etoken", "https://auditlogin"}; !slices.Equal(got, want) || len(ids) != 3 {
			t.Errorf("got %q, want %q, with %d IDs", got, want, len(ids))
		}
	})
}

// TestDeliveryIsRetriedWithTheSameIDAtGrowingIntervals until a day has passed.
func TestDeliveryIsRetriedWithTheSameIDAtGrowingIntervals(t *testing.T) {
	r, log := new(receivers), new(bytes.Buffer)
	r.respond = func(_ string, n int) (int, http.Header, error) {
		if n%2 == 0 {
			return 0, nil, errors.New("audit.example: connection refused")
		}
		return http.StatusInternalServerError, http.Header{}, nil
	}
	run(t, r, one(), log, func(s *Sender) {
		s.OnEvent(t.Context(), oauth.Event{Name: oauth.EventLogin, Outcome: "ok"})
		time.Sleep(50 * time.Hour)
		all := r.taken()
		if len(all) < 20 || len(all) > 60 {
			t.Fatalf("there were %d attempts", len(all))
		}
		for i, a := range all[1:] {
			gap := a.at.Sub(all[i].at)
			if least := deliverWait << min(i, 6); gap < least || gap > least*3/2+2*deliverEvery {
				t.Errorf("attempt %d came after %s", i+2, gap)
			}
			if a.header.Get("webhook-id") != all[0].header.Get("webhook-id") || a.header.Get("webhook-timestamp") == all[0].header.Get("webhook-timestamp") {
				t.Errorf("attempt %d has the header %v", i+2, a.header)
			}
		}
		synctest.Wait() // the log and the events have no lock
		if last := all[len(all)-1].at.Sub(all[0].at); last > messageTTL {
			t.Errorf("the last attempt came after %s", last)
		}
		failures, err := s.Store.WebhookFailures(t.Context())
		if err != nil || len(failures) != 1 || failures[0].Webhook != "audit" || failures[0].At.Before(all[len(all)-1].at.Truncate(time.Millisecond)) {
			t.Errorf("the last failures are %+v %v", failures, err)
		}
		if r.events[0] != "audit retry" || r.events[len(r.events)-1] != "audit failed" || strings.Contains(log.String(), "hidden") || strings.Contains(log.String(), "whsec") {
			t.Errorf("the events are %q, and the log is %s", r.events, log)
		}
	})
}

func TestRetryAfterIsHonored(t *testing.T) {
	r, log := new(receivers), new(bytes.Buffer)
	r.respond = func(_ string, n int) (int, http.Header, error) {
		if n == 1 {
			return http.StatusTooManyRequests, http.Header{"Retry-After": {"3600"}}, nil
		}
		return http.StatusOK, http.Header{}, nil
	}
	run(t, r, one(), log, func(s *Sender) {
		s.OnEvent(t.Context(), oauth.Event{Name: oauth.EventLogin, Outcome: "ok"})
		time.Sleep(3 * time.Hour)
		all := r.taken()
		if len(all) != 2 || all[1].at.Sub(all[0].at) < time.Hour || all[1].at.Sub(all[0].at) > time.Hour+2*deliverEvery {
			t.Errorf("the attempts are %+v", all)
		}
	})
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-5": 0, "0": 0, "120": 2 * time.Minute, "999999999": maxRetry, "99999999999999999999": 0,
		"Wed, 04 Mar 2026 05:07:07 GMT": time.Minute, "Tue, 03 Mar 2026 05:07:07 GMT": 0, "Wed, 04 Mar 2099 05:07:07 GMT": maxRetry,
	} {
		if got := retryAfter(text, now); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// TestWebhookThatIsGoneReceivesNothingMore: status 410.
func TestWebhookThatIsGoneReceivesNothingMore(t *testing.T) {
	r, log := new(receivers), new(bytes.Buffer)
	r.respond = func(string, int) (int, http.Header, error) { return http.StatusGone, http.Header{}, nil }
	run(t, r, one(), log, func(s *Sender) {
		for range 3 {
			s.OnEvent(t.Context(), oauth.Event{Name: oauth.EventLogin, Outcome: "ok"})
			time.Sleep(time.Hour)
		}
		synctest.Wait() // the log has no lock
		if n := len(r.taken()); n != 1 || !strings.Contains(log.String(), "a webhook is gone") {
			t.Errorf("there were %d attempts, and the log is %s", n, log)
		}
	})
}

// TestSlowWebhookDoesNotDelayTheOthers also shows that a message of a webhook that is no longer
// configured is deleted.
func TestSlowWebhookDoesNotDelayTheOthers(t *testing.T) {
	r, log := new(receivers), new(bytes.Buffer)
	release := make(chan struct{})
	webhooks := append(one(), oauth.Webhook{Name: "all", URL: "https://all.example", Secrets: []string{secret}})
	synctest.Test(t, func(t *testing.T) {
		release = make(chan struct{})
		store := memstore.New(time.Now)
		send := func(ctx context.Context, address string, header http.Header, body string) (int, http.Header, error) {
			if strings.Contains(address, "audit") {
				<-release
			}
			return r.send(ctx, address, header, body)
		}
		s := New(Config{Webhooks: webhooks, Store: store, Send: send, Clock: time.Now, Logger: slog.New(slog.NewTextHandler(log, nil))})
		if _, err := store.AddWebhookMessage(t.Context(), oauth.WebhookMessage{ID: "old", Webhook: "removed", NextAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = s.Run(ctx) }()
		for range 5 {
			s.OnEvent(t.Context(), oauth.Event{Name: oauth.EventLogin, Outcome: "ok"})
		}
		time.Sleep(time.Minute)
		if n := len(r.taken()); n != 5 {
			t.Errorf("the other webhook received %d messages", n)
		}
		close(release)
		time.Sleep(10 * time.Minute)
		if n := len(r.taken()); n < 10 {
			t.Errorf("%d messages were delivered", n)
		}
		left, err := store.TakeWebhookMessages(t.Context(), time.Now().Add(time.Hour), time.Minute, 9)
		if err != nil || len(left) != 0 {
			t.Errorf("left: %+v %v", left, err)
		}
		stop()
		<-done
	})
}

// fullStore is a Store that cannot add messages.
type fullStore struct {
	oauth.WebhookStore
	err error
}

func (s fullStore) AddWebhookMessage(context.Context, oauth.WebhookMessage) (bool, error) {
	return false, s.err
}

func TestDroppedEventIsLogged(t *testing.T) {
	for _, err := range []error{nil, oauth.ErrUnavailable} {
		var log bytes.Buffer
		var outcomes []string
		s := New(Config{
			Webhooks: one(), Store: fullStore{err: err}, Clock: time.Now, Logger: slog.New(slog.NewTextHandler(&log, nil)),
			OnEvent: func(_ context.Context, e oauth.Event) { outcomes = append(outcomes, e.Outcome) },
		})
		s.OnEvent(t.Context(), oauth.Event{Name: oauth.EventLogin})
		if !slices.Equal(outcomes, []string{oauth.OutcomeDropped}) || !strings.Contains(log.String(), "it is dropped") {
			t.Errorf("%v: the outcomes are %q, and the log is %s", err, outcomes, &log)
		}
	}
}

func TestFaultsOfWebhooks(t *testing.T) {
	valid := one()[0]
	check := func(address string) error {
		if !strings.HasPrefix(address, "https://") {
			return errors.New("not an https URL")
		}
		return nil
	}
	for name, change := range map[string]func(*oauth.Webhook){
		"":                      func(*oauth.Webhook) {},
		"printable ASCII":       func(w *oauth.Webhook) { w.Name = "my hook" },
		"not an https URL":      func(w *oauth.Webhook) { w.URL = "http://internal/hidden" },
		"one secret":            func(w *oauth.Webhook) { w.Secrets = nil },
		"second one is allowed": func(w *oauth.Webhook) { w.Secrets = []string{secret, other, secret} },
		"whsec_ and 24":         func(w *oauth.Webhook) { w.Secrets = []string{"whsec_hidden"} },
		"a secret must":         func(w *oauth.Webhook) { w.Secrets = []string{"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"} },
		`no event "made"`:       func(w *oauth.Webhook) { w.Events = []string{"made"} },
		`no event "webhook`:     func(w *oauth.Webhook) { w.Events = []string{oauth.EventWebhook} },
	} {
		w := valid
		change(&w)
		faults := errors.Join(Faults([]oauth.Webhook{w}, check)...)
		if (name == "") != (faults == nil) || faults != nil && (!strings.Contains(faults.Error(), name) || strings.Contains(faults.Error(), "hidden")) {
			t.Errorf("%s: %v", name, faults)
		}
	}
	if len(Faults([]oauth.Webhook{valid, valid}, check)) == 0 {
		t.Error("two webhooks have the same name")
	}
}
