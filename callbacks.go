package latchkey

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime/debug"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// recoverCallbacks makes a panic of a function that has no influence on a response, such as
// OnEvent, a record in the log. The tokens of a request are stored when OnEvent is called, so
// without it a mistake in a counter would cost the client its tokens. SendMail is called in the
// background, where a panic would end the process; a mail is sent again after an error. So would a
// panic of OpenDirectory, whose login provider is then not available. A panic of PasswordKey is an
// error of the login, and does not count as a wrong password. Package
// provider does the same for the functions on which a token depends. It turns their panics into
// errors. Call it before anything else uses the functions.
func (o *Options) recoverCallbacks() {
	log := o.Logger
	if own := o.OnEvent; own != nil {
		o.OnEvent = func(ctx context.Context, e oauth.Event) {
			defer logPanic(ctx, log, "OnEvent", e.ErrorID)
			own(ctx, e)
		}
	}
	if own := o.OnRequest; own != nil {
		o.OnRequest = func(ctx context.Context, r Request) {
			defer logPanic(ctx, log, "OnRequest", r.ErrorID)
			own(ctx, r)
		}
	}
	if own := o.Place; own != nil {
		o.Place = func(address netip.Addr) string {
			defer logPanic(context.Background(), log, "Place", "")
			return own(address)
		}
	}
	if own := o.SendMail; own != nil {
		o.SendMail = func(ctx context.Context, m Mail) (err error) {
			defer func() {
				if value := recover(); value != nil {
					err = errors.New("SendMail: " + panicText(value))
				}
			}()
			return own(ctx, m)
		}
	}
	if own := o.PasswordKey; own != nil {
		o.PasswordKey = func(password, salt []byte, passes, memory uint32, threads uint8, keyLength uint32) []byte {
			defer logPanic(context.Background(), log, "PasswordKey", "")
			return own(password, salt, passes, memory, threads, keyLength)
		}
	}
	if own := o.OpenDirectory; own != nil {
		o.OpenDirectory = func(p LoginProvider) (d Directory, err error) {
			err = errors.New("OpenDirectory panicked; the log has the details")
			defer logPanic(context.Background(), log, "OpenDirectory", "")
			return own(p)
		}
	}
}

// logPanic logs a panic of the function that defers it, with its stack, and recovers from it.
// name is the field of Options that panicked. errorID is that of the request, or empty if it is
// not known.
func logPanic(ctx context.Context, log *slog.Logger, name, errorID string) {
	value := recover()
	if value == nil {
		return
	}
	if id, ok := ctx.Value(provider.ErrorIDKey{}).(func() string); ok {
		errorID = cmp.Or(errorID, id())
	}
	log.ErrorContext(ctx, "a function of the program panicked; the request continues", "function", "Options."+name, "error_id", errorID, "error", panicText(value))
}

// panicText returns the text of a panic for the log, with the stack and without secrets. Call it
// while the panic is recovered.
func panicText(value any) string {
	return oauth.Redacted(fmt.Sprintf("panic: %v\n%s", value, debug.Stack()))
}
