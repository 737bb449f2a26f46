package web

import (
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// lifetime returns a text about how long a permission lasts, and the maximum. total and idle
// are the lifetimes of the tokens. withLogin is set if the permission also ends with the login
// session: then it cannot last longer than a session of Accounts.
func (h *Handler) lifetime(total, idle time.Duration, withLogin bool) (length ui.Text, longest time.Duration) {
	if withLogin && h.Host == nil {
		total = min(total, h.Accounts.SessionTTL)
	}
	length = ui.Text{"consent.lifetime", "total", ui.DurationText(total)}
	if idle < total {
		length = ui.Text{"consent.lifetime_idle", "total", ui.DurationText(total), "idle", ui.DurationText(idle)}
	}
	switch {
	case !withLogin:
	case h.Host == nil && h.Accounts.SessionIdleTTL < total:
		length = ui.Text{"consent.lifetime_session", "lifetime", length, "idle", ui.DurationText(h.Accounts.SessionIdleTTL)}
	default:
		length = ui.Text{"consent.lifetime_logout", "lifetime", length}
	}
	return length, total
}
