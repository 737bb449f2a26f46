package latchkeytest_test

import (
	"flag"
	"testing"
)

// runTest runs a test in an example. With -v too, nothing is printed except what the
// test itself prints.
func runTest(name string, test func(t *testing.T)) {
	verbose := flag.Lookup("test.v").Value
	before := verbose.String()
	_ = verbose.Set("false")
	defer func() { _ = verbose.Set(before) }()
	testing.RunTests(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: name, F: test}})
}
