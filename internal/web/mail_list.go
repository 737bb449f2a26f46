package web

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// fromThisMachine reports whether a browser on this machine sent a request
// directly. The Host header matters because a page of another site can make its
// own name lead to a loopback address.
func fromThisMachine(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	host := r.Host
	if name, _, err := net.SplitHostPort(r.Host); err == nil {
		host = name
	}
	proxied := r.Header.Get(xForwardedFor) != "" || r.Header.Get(forwarded) != ""
	return err == nil && peer.Addr().Unmap().IsLoopback() && !proxied && oauth.LoopbackHost(strings.Trim(host, "[]"))
}

// mailbox holds the caught emails.
type mailbox struct {
	mu   sync.Mutex
	kept []Mail
}

// keep catches an email instead of sending it. The last 50 are kept.
func (b *mailbox) keep(_ context.Context, m Mail) error {
	const limit = 50
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept = append([]Mail{m}, b.kept[:min(len(b.kept), limit-1)]...)
	return nil
}

// mailList shows the caught emails to everybody on this machine, for demos.
func (h *Handler) mailList(w http.ResponseWriter, r *http.Request) error {
	if !fromThisMachine(r) {
		return &ui.Problem{
			Status: http.StatusForbidden, Heading: ui.Text{"mails.local_heading"}, Text: ui.Text{"mails.local"},
			Advice: ui.Text{"mails.local_advice"},
		}
	}
	h.mails.mu.Lock()
	kept := slices.Clone(h.mails.kept)
	h.mails.mu.Unlock()
	return h.Pages.Render(w, r, http.StatusOK, "mails", ui.View{Title: ui.Text{"mails.title"}, Narrow: true, Wide: true, Data: kept})
}
