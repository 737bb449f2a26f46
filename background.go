package latchkey

import (
	"context"
	"sync/atomic"
	"time"
)

// runGrace is how long after New, or after the end of Run, requests are served without a
// warning that Run is missing.
const runGrace = 30 * time.Second

// backgroundWork records whether Run does the background work of a server.
type backgroundWork struct {
	running atomic.Int32 // the number of calls of Run
	since   atomic.Int64 // since when Run does not run, in nanoseconds since 1970
	renewed atomic.Int64 // when the record of the issuer was renewed without Run
	warned  atomic.Bool
}

// forgotten reports whether a request was served long after New without Run.
func (b *backgroundWork) forgotten() bool { return b.running.Load() == 0 && b.warned.Load() }

// begin records that Run is running, until the function that it returns is called. It reports
// whether Run was already running.
func (b *backgroundWork) begin(clock func() time.Time) (twice bool, end func()) {
	twice = b.running.Add(1) > 1
	b.warned.Store(false)
	return twice, func() {
		b.since.Store(clock().UnixNano())
		b.running.Add(-1)
	}
}

// checkBackground logs a warning if requests are served but Run was not called, or has
// ended. Nothing else would show it for days.
func (s *Server) checkBackground(ctx context.Context) {
	if s.work.running.Load() > 0 {
		return
	}
	now := s.options.Clock()
	if now.Sub(time.Unix(0, s.work.since.Load())) < runGrace {
		return
	}
	if s.work.warned.CompareAndSwap(false, true) {
		s.options.Logger.WarnContext(ctx, "Server.Run is not running: logouts are not sent to applications, emails and webhooks are not sent, rejected requests are not stored, and the audit log is not chained. Call Run in a goroutine, with a context that ends when the program stops")
	}
	last := s.work.renewed.Load()
	if now.Sub(time.Unix(0, last)) >= issuerUseEvery && s.work.renewed.CompareAndSwap(last, now.UnixNano()) {
		s.renewIssuer(ctx)
	}
}
