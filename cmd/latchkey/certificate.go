package main

import (
	"crypto/tls"
	"log/slog"
	"sync/atomic"
)

// certificateFiles is a certificate in two files, which is loaded again when they
// change.
type certificateFiles struct {
	watchedFiles
	current atomic.Pointer[tls.Certificate]
}

// loadCertificate loads a certificate.
func loadCertificate(cert, key string, logger *slog.Logger) (*certificateFiles, error) {
	f := new(certificateFiles)
	f.name, f.paths, f.logger = "TLS certificate", []string{cert, key}, logger
	f.read = func() ([]any, error) {
		certificate, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, err
		}
		f.current.Store(&certificate)
		return []any{"not_after", certificate.Leaf.NotAfter}, nil
	}
	_, err := f.load()
	return f, err
}

// get is for tls.Config.GetCertificate.
func (f *certificateFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return f.current.Load(), nil
}
