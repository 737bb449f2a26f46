package provider

import "sync"

// maxFirstTimes is how many names firstTimes stores.
const maxFirstTimes = 100

// firstTimes stores names. With it, a mistake is logged only once for each name.
type firstTimes struct {
	mu    sync.Mutex
	known map[string]bool
}

// first reports whether name is new. After maxFirstTimes names, no name is new.
func (f *firstTimes) first(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known == nil {
		f.known = make(map[string]bool)
	}
	if f.known[name] || len(f.known) >= maxFirstTimes {
		return false
	}
	f.known[name] = true
	return true
}
