package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// until waits until something holds.
func until(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := giveUp(t); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it never holds")
		}
	}
}

// writeCertificate writes a new certificate and its key, and returns the serial
// number.
func writeCertificate(t *testing.T, cert, key string) string {
	t.Helper()
	made, err := selfSigned(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(made.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: made.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: der}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	leaf, err := x509.ParseCertificate(made.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return leaf.SerialNumber.String()
}

// served returns the serial number of the certificate that a server shows.
func served(t *testing.T, issuer string) string {
	t.Helper()
	address := strings.TrimSuffix(strings.TrimPrefix(issuer, "https://"), "/o")
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // only the serial number counts
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.String()
}

func TestAChangedCertificateIsServedWithoutARestart(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	cert, key := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	first := writeCertificate(t, cert, key)
	s := serve(t, filepath.Join(folder, "data"), "--addr", "localhost:0", "--tls-cert", cert, "--tls-key", key)
	if got := served(t, s.issuer); got != first {
		t.Fatalf("got %s, want %s", got, first)
	}
	second := writeCertificate(t, cert, key)
	until(t, func() bool { return served(t, s.issuer) == second })

	t.Log("a certificate that cannot be loaded changes nothing")
	if err := os.WriteFile(key, []byte("half a fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return anyContains(s.logged(t, "WARN"), "the previous one is still used") })
	if got := served(t, s.issuer); got != second {
		t.Errorf("got %s, want %s", got, second)
	}
}

// TestHangupReloadsAndNeverKills sends SIGHUP after a template and the log level
// have changed, and after both have become wrong.
func TestHangupReloadsAndNeverKills(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	config := filepath.Join(folder, "latchkey.yaml")
	page := filepath.Join(folder, "web", "home.html")
	write := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(config, "log_level: warn\n")
	write(page, `{{define "content"}}first page{{end}}`)
	s := serve(t, filepath.Join(folder, "data"), "--addr", "localhost:0", "--config", config, "--templates", folder)
	home := strings.TrimSuffix(s.issuer, "/o") + "/"
	if _, body := fetch(t, home); !strings.Contains(body, "first page") || len(s.logged(t, "INFO")) > 0 {
		t.Fatalf("got %s, logged %v", body, s.logged(t, "INFO"))
	}
	write(page, `{{define "content"}}second page{{end}}`)
	write(config, "log_level: info\n")
	hangup := func() {
		t.Helper()
		if err := s.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	hangup()
	until(t, func() bool {
		return anyContains(s.logged(t, "INFO"), "reloaded templates and the log level")
	})
	if _, body := fetch(t, home); !strings.Contains(body, "second page") {
		t.Errorf("got %s", body)
	}
	write(page, `{{define "content"}}{{`)
	write(config, "log_level: loud\n")
	hangup()
	until(t, func() bool {
		return anyContains(s.logged(t, "WARN"), "cannot load the changed templates") && anyContains(s.logged(t, "WARN"), "cannot read the log level")
	})
	if _, body := fetch(t, home); !strings.Contains(body, "second page") {
		t.Errorf("after a wrong template: %s", body)
	}
	s.stop(t)
}
