package web

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// Mail is a mail to one person, in plain text.
type Mail struct {
	To, Subject, Text string
	At                time.Time
}

// Sending mails: so many at once, each tried so often.
const (
	mailsAtOnce  = 16
	mailAttempts = 4
	mailTimeout  = 30 * time.Second
)

// mailbox counts the mails under way, and keeps them where they are caught.
type mailbox struct {
	mu   sync.Mutex
	busy int
	kept []Mail
}

// send gives a mail out of hand: the answer to the browser waits for nothing,
// so its time tells nobody whether there was a mail to send. More than a few
// at once are refused, and said so in the log.
func (h *Handler) send(m Mail) {
	h.mails.mu.Lock()
	defer h.mails.mu.Unlock()
	if h.mails.busy >= mailsAtOnce {
		h.Logger.Warn("a mail was not sent: too many are under way", "subject", m.Subject)
		return
	}
	h.mails.busy++
	m.At = h.Clock()
	go h.deliver(m)
}

func (h *Handler) deliver(m Mail) {
	defer func() {
		h.mails.mu.Lock()
		h.mails.busy--
		h.mails.mu.Unlock()
	}()
	for attempt := 1; ; attempt++ {
		ctx, cancel := context.WithTimeout(context.Background(), mailTimeout)
		err := h.Mail(ctx, m)
		cancel()
		if err == nil {
			return
		}
		if attempt == mailAttempts {
			h.Logger.Error("a mail was not sent", "subject", m.Subject, "error", err.Error())
			return
		}
		time.Sleep(time.Duration(attempt*attempt) * time.Second)
	}
}

// keep catches a mail, the last fifty of them.
func (b *mailbox) keep(_ context.Context, m Mail) error {
	const most = 50
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept = append([]Mail{m}, b.kept[:min(len(b.kept), most-1)]...)
	return nil
}

// mailList shows the mails that were caught, to whoever asks: it is for trying
// things out.
func (h *Handler) mailList(w http.ResponseWriter, r *http.Request) {
	h.mails.mu.Lock()
	kept := slices.Clone(h.mails.kept)
	h.mails.mu.Unlock()
	h.pages.Render(w, r, http.StatusOK, "mails", ui.View{Title: "Mails", Data: kept})
}
