package hosts_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/examples/hosts"
)

// An authority issues certificates.
type authority struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	a := authority{t: t}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.key = newKey(t)
	a.cert = a.sign(template, template, a.key)
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (a authority) sign(template, parent *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	a.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert
}

// issue returns a certificate that is valid for a name and a use, until the time.
func (a authority) issue(name string, use x509.ExtKeyUsage, until time.Time) []tls.Certificate {
	a.t.Helper()
	key := newKey(a.t)
	cert := a.sign(&x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{name}, NotAfter: until, ExtKeyUsage: []x509.ExtKeyUsage{use},
	}, a.cert, key)
	return []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}
}

func TestHeaderOfAProxyNeedsItsClientCertificate(t *testing.T) {
	ours, other := newAuthority(t), newAuthority(t)
	pool := x509.NewCertPool()
	pool.AddCert(ours.cert)
	insecure := hosts.InsecureProxy{Header: "X-User"}
	people, err := hosts.NewMTLSProxy(insecure, pool, "proxy.example")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hosts.NewMTLSProxy(insecure, pool, ""); err == nil {
		t.Error("every certificate of the authority is accepted")
	}
	if _, err := hosts.NewMTLSProxy(insecure, nil, "proxy.example"); err == nil {
		t.Error("the authorities of the system are accepted")
	}
	show := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := people.Current(r)
		if p != nil {
			_, _ = fmt.Fprint(w, p.Subject)
		}
		if err != nil {
			_, _ = fmt.Fprint(w, "error")
		}
	})
	site := httptest.NewUnstartedServer(show)
	site.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	site.StartTLS()
	t.Cleanup(site.Close)
	later := time.Now().Add(time.Hour)
	for name, test := range map[string]struct {
		certificate []tls.Certificate
		users       []string
		want        string
	}{
		"the proxy":         {ours.issue("proxy.example", x509.ExtKeyUsageClientAuth, later), []string{"ada"}, "ada"},
		"nobody":            {ours.issue("proxy.example", x509.ExtKeyUsageClientAuth, later), nil, ""},
		"two users":         {ours.issue("proxy.example", x509.ExtKeyUsageClientAuth, later), []string{"ada", "bob"}, "error"},
		"no certificate":    {nil, []string{"ada"}, ""},
		"another name":      {ours.issue("backup.example", x509.ExtKeyUsageClientAuth, later), []string{"ada"}, ""},
		"another authority": {other.issue("proxy.example", x509.ExtKeyUsageClientAuth, later), []string{"ada"}, ""},
		"for servers":       {ours.issue("proxy.example", x509.ExtKeyUsageServerAuth, later), []string{"ada"}, ""},
		"expired":           {ours.issue("proxy.example", x509.ExtKeyUsageClientAuth, time.Now().Add(-time.Minute)), []string{"ada"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			transport := site.Client().Transport.(*http.Transport).Clone()
			transport.TLSClientConfig.Certificates = test.certificate
			defer transport.CloseIdleConnections()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header["X-User"] = test.users
			response, err := (&http.Client{Transport: transport}).Do(r)
			if page := read(t, response, err); page.body != test.want {
				t.Errorf("got %q", page.body)
			}
		})
	}
	plain := httptest.NewRequest(http.MethodGet, "/", nil)
	plain.Header.Set("X-User", "ada")
	if p, err := people.Current(plain); p != nil || err != nil {
		t.Errorf("without TLS: %v, %v", p, err)
	}
}
