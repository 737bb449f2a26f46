package latchkeytest

import "net/http"

// Use puts middleware around all handlers of Provider.Mux, those of the provider too: for
// example, the LoadAndSave of a session manager, which Options.People needs to find the
// session of a request.
func (p *Provider) Use(middleware func(http.Handler) http.Handler) {
	var next http.Handler
	if h := p.handler.Load(); h != nil {
		next = *h
	}
	wrapped := middleware(next)
	p.handler.Store(&wrapped)
}

func (p *Provider) serve(w http.ResponseWriter, r *http.Request) { (*p.handler.Load()).ServeHTTP(w, r) }
