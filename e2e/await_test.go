package e2e

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chromedp/chromedp"
)

// isVisible is a function that reports whether an element exists and is visible.
const isVisible = `(element) => Boolean(element?.getClientRects().length)`

// waiting evaluates an expression on the page until it is neither undefined nor null
// nor false.
const waiting = `(async () => {
	for (;;) {
		const value = %s;
		if (value !== undefined && value !== null && value !== false) return value;
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
})()`

// await returns the value of an expression as soon as it is neither undefined nor
// null nor false. It waits on the page, and continues on the next page if the browser
// goes there.
func await[T any](b *browser, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if b.scripts {
		expression = fmt.Sprintf(waiting, expression)
	}
	for {
		value, err := chromedp.Run(ctx, chromedp.Evaluate[*T](expression, chromedp.EvalAwaitPromise))
		if err == nil && value != nil && any(*value) != any(false) {
			return *value, nil
		}
		if exception := new(chromedp.ExceptionError); errors.As(err, &exception) || ctx.Err() != nil {
			return *new(T), errors.Join(ctx.Err(), err)
		}
		select {
		case <-time.After(20 * time.Millisecond): // the next page arrives, or runs no scripts
		case <-ctx.Done():
		}
	}
}

// wait is like await. If the value does not appear in time, the test fails with the
// name.
func wait[T any](b *browser, name, expression string) T {
	b.t.Helper()
	value, err := await[T](b, expression)
	if err != nil {
		b.t.Fatalf("%s: %v\nthe page is %s:\n%s", name, err, b.address(), b.text())
	}
	return value
}
