package e2e

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// provider is a running "latchkey serve" behind TLS, with one person.
type provider struct {
	t      *testing.T
	issuer string
	// listens is the URL of the server itself, without a path.
	listens string
	data    string
	// ca is the file of the certificate authority that the clients trust.
	ca   string
	pool *x509.CertPool
	// setup receives the link that creates the first administrator.
	setup chan string
}

const (
	personName     = "ada"
	personEmail    = "ada@example.com"
	personFullName = "Ada Lovelace"
	personPassword = "correct horse battery staple"
)

var readyLine = regexp.MustCompile(`^Latchkey is ready: issuer (\S+),.* listening on (\S+)`)

// startProvider starts the server and adds the person on the command line.
func startProvider(t *testing.T, flags ...string) *provider {
	t.Helper()
	p := &provider{t: t, data: t.TempDir(), pool: x509.NewCertPool()}
	certificate, key := p.certify()
	cmd := exec.Command(binary, append([]string{
		"serve", "--addr", "localhost:0", "--data", p.data, "--tls-cert", certificate, "--tls-key", key,
	}, flags...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the provider exited with %v", err)
		}
		if t.Failed() {
			t.Logf("log of the provider:\n%s", log.String())
		}
	})
	lines := bufio.NewScanner(out)
	for p.issuer == "" && lines.Scan() {
		if found := readyLine.FindStringSubmatch(lines.Text()); found != nil {
			p.issuer, p.listens = found[1], found[2]
		}
	}
	p.setup = make(chan string, 1)
	go func() {
		for lines.Scan() {
			if _, link, found := strings.Cut(lines.Text(), "The setup link: "); found {
				p.setup <- link
			}
		}
	}()
	if p.issuer == "" {
		t.Fatal("the provider did not report that it is ready")
	}
	p.run(personPassword, "user", "add", personName, "--email", personEmail, "--name", personFullName, "--password-stdin")
	return p
}

// run runs a command next to the server and returns its JSON output.
func (p *provider) run(input string, args ...string) map[string]any {
	p.t.Helper()
	cmd := exec.Command(binary, append(args, "--json", "--data", p.data)...)
	cmd.Stdin = bytes.NewBufferString(input)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		p.t.Fatalf("%v: %v\n%s", args, err, complaint.String())
	}
	var answer map[string]any
	if err := json.Unmarshal(out, &answer); err != nil {
		p.t.Fatalf("%v: %v: %s", args, err, out)
	}
	return answer
}

// client returns an HTTP client that trusts the provider's certificate.
func (p *provider) client() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig.RootCAs = p.pool
	p.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// certify creates a certificate authority and a certificate for localhost.
func (p *provider) certify() (certificate, key string) {
	p.t.Helper()
	folder := p.t.TempDir()
	authority, authorityKey := p.issue(nil, nil, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test authority"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	leaf, leafKey := p.issue(authority, authorityKey, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "localhost"},
		DNSNames: []string{"localhost"}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	der, err := x509.MarshalPKCS8PrivateKey(leafKey)
	if err != nil {
		p.t.Fatal(err)
	}
	p.pool.AddCert(authority)
	p.ca = p.write(folder, "ca.pem", "CERTIFICATE", authority.Raw)
	return p.write(folder, "cert.pem", "CERTIFICATE", leaf.Raw), p.write(folder, "key.pem", "PRIVATE KEY", der)
}

func (p *provider) issue(parent *x509.Certificate, parentKey *ecdsa.PrivateKey, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	p.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	if parent == nil {
		parent, parentKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		p.t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		p.t.Fatal(err)
	}
	return certificate, key
}

func (p *provider) write(folder, name, kind string, der []byte) string {
	p.t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return path
}
