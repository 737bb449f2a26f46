package main

import (
	"context"
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// certificateInterval is how often the files of the certificate are looked at.
const certificateInterval = time.Second

// certificateFiles is a certificate in two files, which is loaded again when they
// change.
type certificateFiles struct {
	cert, key string
	logger    *slog.Logger
	current   atomic.Pointer[tls.Certificate]
	mu        sync.Mutex
	stamp     [2]stamp // of the files that were loaded last, with or without success
}

// stamp changes if a file does.
type stamp struct {
	at   time.Time
	size int64
}

// loadCertificate loads a certificate.
func loadCertificate(cert, key string, logger *slog.Logger) (*certificateFiles, error) {
	f := &certificateFiles{cert: cert, key: key, logger: logger}
	return f, f.load()
}

func (f *certificateFiles) load() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stamp = f.stamps()
	certificate, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return err
	}
	f.current.Store(&certificate)
	return nil
}

func (f *certificateFiles) stamps() (stamps [2]stamp) {
	for i, path := range []string{f.cert, f.key} {
		if info, err := os.Stat(path); err == nil {
			stamps[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return stamps
}

// reload loads the files again. If that fails, for example because only one of
// them has been written yet, the certificate stays as it is.
func (f *certificateFiles) reload(ctx context.Context) {
	if err := f.load(); err != nil {
		f.logger.WarnContext(ctx, "cannot load the changed TLS certificate; the previous one is still used", "error", err.Error())
		return
	}
	f.logger.InfoContext(ctx, "loaded the TLS certificate", "not_after", f.current.Load().Leaf.NotAfter)
}

// watch reloads the files when they change, until the context ends.
func (f *certificateFiles) watch(ctx context.Context) {
	ticker := time.NewTicker(certificateInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		f.mu.Lock()
		changed := f.stamps() != f.stamp
		f.mu.Unlock()
		if changed {
			f.reload(ctx)
		}
	}
}

// get is for tls.Config.GetCertificate.
func (f *certificateFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return f.current.Load(), nil
}
