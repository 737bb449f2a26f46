package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestReceiverGetsTheEventsOfAServer: a token request, the queue, the delivery and the
// check of the signature.
func TestReceiverGetsTheEventsOfAServer(t *testing.T) {
	const secret, old = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
	received := make(chan map[string]any, 10)
	receiver, err := newReceiver(old, func(_ string, data map[string]any) { received <- data }) // it has not changed its secret yet
	if err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(receiver)
	t.Cleanup(site.Close)
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.InsecureOutboundNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		o.Webhooks = []oauth.Webhook{{Name: "audit", URL: site.URL, Secrets: []string{secret, old}, Events: []string{oauth.EventToken}}}
	})
	client, key := p.AddClient("https://app.example/cb", nil)
	response, err := http.PostForm(p.Issuer+"/token/", url.Values{
		"grant_type": {oauth.GrantClientCredentials}, "scope": {"read"}, "client_id": {client.ID}, "client_secret": {key},
	})
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatal(response, err)
	}
	_ = response.Body.Close()
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- p.Server.Run(ctx) }()
	select {
	case data := <-received:
		if data["client_id"] != client.ID || data["scope"] != "read" || data["outcome"] != "ok" || data["address"] != "127.0.0.1" {
			t.Errorf("the event is %v", data)
		}
	case <-time.After(time.Minute):
		t.Error("the message was not delivered")
	}
	stop()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if len(received) > 0 {
		t.Errorf("the message was handled twice")
	}
}

func TestReceiverRejectsForgedAndOldMessages(t *testing.T) {
	// The example of the specification.
	const (
		id, timestamp = "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330"
		body          = `{"test": 2432232314}`
		signature     = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	)
	receiver, err := newReceiver("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", func(string, map[string]any) {})
	if err != nil {
		t.Fatal(err)
	}
	receiver.clock = func() time.Time { return time.Unix(1614265330, 0) }
	for name, test := range map[string]struct {
		id, timestamp, signature, body string
		status                         int
	}{
		"the example":        {id, timestamp, signature, body, http.StatusNoContent},
		"another signature":  {id, timestamp, "v1,AAAA " + signature, body, http.StatusNoContent},
		"another body":       {id, timestamp, signature, body + " ", http.StatusUnauthorized},
		"another ID":         {id + "x", timestamp, signature, body, http.StatusUnauthorized},
		"an old time":        {id, "1614260000", signature, body, http.StatusUnauthorized},
		"without signatures": {id, timestamp, "", body, http.StatusUnauthorized},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(test.body))
		r.Header.Set("webhook-id", test.id)
		r.Header.Set("webhook-timestamp", test.timestamp)
		r.Header.Set("webhook-signature", test.signature)
		w := httptest.NewRecorder()
		receiver.ServeHTTP(w, r)
		if w.Code != test.status {
			t.Errorf("%s: status %d", name, w.Code)
		}
	}
}

// A missing secret would accept messages that anybody signed.
func TestReceiverNeedsASecret(t *testing.T) {
	for _, secret := range []string{"", "whsec_", "whsec_c2hvcnQ=", "whsec_?"} {
		if _, err := newReceiver(secret, nil); err == nil {
			t.Errorf("the secret %q is accepted", secret)
		}
	}
}
