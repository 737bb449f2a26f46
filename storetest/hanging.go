package storetest

import (
	"cmp"
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// allowance is how long the calls of RunHanging may wait. It is short, so that a
// call that ignores it and waits longer is detected.
const allowance = time.Second

// RunHanging calls all methods of a Store that hangs at the same time, and more
// often than it has connections. None may wait longer than its context allows
// (oauth.StoreWaitLeft). It returns one error for each method, which is nil if none
// of its calls failed.
func RunHanging(t *testing.T, s Store) (failed map[string]error) {
	t.Helper()
	ctx := oauth.WithStoreWait(context.Background())
	oauth.AddStoreWait(ctx, oauth.MaxStoreWait-allowance)
	type result struct {
		method string
		err    error
	}
	const times = 5
	verbs := reflect.TypeFor[Store]()
	results := make(chan result, times*verbs.NumMethod())
	pending := make(map[string]int)
	for i := range verbs.NumMethod() {
		method := verbs.Method(i)
		if method.Type.NumIn() == 0 || method.Type.In(0) != reflect.TypeFor[context.Context]() {
			continue // Version
		}
		call := reflect.ValueOf(s).MethodByName(method.Name)
		for range times {
			pending[method.Name]++
			go func() {
				results <- result{method.Name, callWithExamples(ctx, call, method.Type)}
			}()
		}
	}
	failed = make(map[string]error)
	for timeout := time.After(oauth.MaxStoreWait - allowance); len(pending) > 0; {
		select {
		case r := <-results:
			if pending[r.method]--; pending[r.method] == 0 {
				delete(pending, r.method)
			}
			failed[r.method] = cmp.Or(r.err, failed[r.method])
		case <-timeout:
			t.Fatalf("calls of these methods still wait, which might have waited for %s: %v", allowance, pending)
		}
	}
	return failed
}

// callWithExamples calls a method, and returns its error.
func callWithExamples(ctx context.Context, method reflect.Value, signature reflect.Type) error {
	args := []reflect.Value{reflect.ValueOf(ctx)}
	for i := 1; i < signature.NumIn(); i++ {
		args = append(args, example(signature.In(i)))
	}
	call := method.Call
	if signature.IsVariadic() {
		call = method.CallSlice
	}
	results := call(args)
	err, _ := results[len(results)-1].Interface().(error)
	return err
}

// example returns a value of the type that is not empty.
func example(kind reflect.Type) reflect.Value {
	value := reflect.New(kind).Elem()
	switch kind.Kind() {
	case reflect.String:
		value.SetString("x")
	case reflect.Int, reflect.Int64:
		value.SetInt(1)
	case reflect.Slice:
		if kind.Elem().Kind() == reflect.Uint8 {
			value.SetBytes([]byte("{}"))
			break
		}
		value.Set(reflect.Append(value, example(kind.Elem())))
	case reflect.Array:
		if kind.Elem().Kind() == reflect.Uint8 {
			value.Index(0).SetUint(1)
		}
	case reflect.Pointer:
		value.Set(reflect.New(kind.Elem()))
		value.Elem().Set(example(kind.Elem()))
	case reflect.Struct:
		if kind == reflect.TypeFor[time.Time]() {
			return reflect.ValueOf(time.Now())
		}
		for i := range kind.NumField() {
			// A revocation names families or an access token.
			// An actor can have another one.
			if field := kind.Field(i); field.IsExported() && field.Type != reflect.TypeFor[*oauth.AccessToken]() && field.Type != reflect.PointerTo(kind) {
				value.Field(i).Set(example(kind.Field(i).Type))
			}
		}
	}
	return value
}
