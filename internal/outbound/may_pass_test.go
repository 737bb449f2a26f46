package outbound

import (
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// An application is not blamed for a failure that may pass.
func TestErrorSaysWhetherALaterRequestMaySucceed(t *testing.T) {
	stop := make(chan struct{})
	site := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/slow":
			<-stop
		case "/cut":
			w.Header().Set("Content-Length", "100")
		case "/long":
			_, _ = w.Write(make([]byte, 200))
		case "/500":
			w.WriteHeader(http.StatusInternalServerError)
		case "/503":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/429":
			w.WriteHeader(http.StatusTooManyRequests)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(site.Close)
	t.Cleanup(func() { close(stop) })
	closed := httptest.NewTLSServer(nil)
	closed.Close()
	pool := x509.NewCertPool()
	pool.AddCert(site.Certificate())
	c := New(Options{Authorities: pool, InsecureNetworks: loopback, Timeout: time.Minute})
	hurried := New(Options{Authorities: pool, InsecureNetworks: loopback, Timeout: 500 * time.Millisecond})
	strict := New(Options{Authorities: pool})
	untrusting := New(Options{Authorities: x509.NewCertPool(), InsecureNetworks: loopback})
	for _, test := range []struct {
		name, address string
		client        *Client
		mayPass       bool
	}{
		{"a server that is down", closed.URL, c, true},
		{"a server that does not answer", site.URL + "/slow", hurried, true},
		{"a response that is cut off", site.URL + "/cut", c, true},
		{"an internal error", site.URL + "/500", c, true},
		{"a maintenance", site.URL + "/503", c, true},
		{"too many requests", site.URL + "/429", c, true},
		{"a document that does not exist", site.URL + "/404", c, false},
		{"a document that is too long", site.URL + "/long", c, false},
		{"an invalid certificate", site.URL + "/404", untrusting, false},
		{"a forbidden address", strings.Replace(site.URL, "127.0.0.1", "localhost", 1), strict, false},
		{"no URL", "x", c, false},
	} {
		_, err := test.client.Get(ctx, test.address, 100)
		if err == nil || errors.Is(err, oauth.ErrUnavailable) != test.mayPass {
			t.Errorf("%s: %v", test.name, err)
		} else if strings.Contains(err.Error(), oauth.ErrUnavailable.Error()) {
			t.Errorf("%s: the text names more than the cause: %v", test.name, err)
		}
	}
}
