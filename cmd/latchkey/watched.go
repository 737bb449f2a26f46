package main

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"
)

// watchInterval is how often watched files are looked at.
const watchInterval = time.Second

// watchedFiles are files that are loaded again when one of them changes.
type watchedFiles struct {
	name  string // for the log, such as "TLS certificate"
	paths []string
	// read reads the files, and returns attributes for the log. If it fails, what was
	// read before stays in use.
	read   func() (attributes []any, err error)
	logger *slog.Logger
	mu     sync.Mutex
	stamps []stamp // of the files that were loaded last, with or without success
}

// stamp changes if a file does.
type stamp struct {
	at   time.Time
	size int64
}

func (f *watchedFiles) load() (attributes []any, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stamps = f.now()
	return f.read()
}

// now returns the stamps that the files have now.
func (f *watchedFiles) now() []stamp {
	stamps := make([]stamp, len(f.paths))
	for i, path := range f.paths {
		if info, err := os.Stat(path); err == nil {
			stamps[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return stamps
}

// reload loads the files again. If that fails, for example because only one of
// them has been written yet, it logs a warning.
func (f *watchedFiles) reload(ctx context.Context) {
	attributes, err := f.load()
	if err != nil {
		f.logger.WarnContext(ctx, "cannot load the changed "+f.name+"; the previous one is still used", "error", err.Error())
		return
	}
	f.logger.InfoContext(ctx, "loaded the "+f.name, attributes...)
}

// watch reloads the files when they change, until the context ends.
func (f *watchedFiles) watch(ctx context.Context) {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		f.mu.Lock()
		changed := !slices.Equal(f.now(), f.stamps)
		f.mu.Unlock()
		if changed {
			f.reload(ctx)
		}
	}
}
