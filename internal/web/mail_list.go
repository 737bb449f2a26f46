package web

import (
	"context"
	"net/http"
	"slices"
	"sync"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

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

// mailList shows the caught emails to everybody, for demos.
func (h *Handler) mailList(w http.ResponseWriter, r *http.Request) error {
	h.mails.mu.Lock()
	kept := slices.Clone(h.mails.kept)
	h.mails.mu.Unlock()
	return h.Pages.Render(w, r, http.StatusOK, "mails", ui.View{Title: "Emails", Data: kept})
}
