// Command mutate checks that tests notice faults. It applies the mutations of the files
// in mutations one by one to a copy of the tree, runs the tests that each one
// names, and reports the mutations with which they still pass.
//
// Usage: mutate [-list directory] [-only regexp] [-part 1/2] [-check] [root of the module, default .]
//
// Each line of the output has the result, the time, and the test that failed. With
// -part 2/3, only the second of three shares of the list is applied: each share has
// mutations of all packages.
//
// It fails if a mutation survives, if its text is not in the file exactly once, if -run selects
// no test, or if it does not compile. With -check, it runs no tests: the mutated packages are
// type-checked in memory.
package main

import (
	"context"
	"flag"
	"fmt"
	"hash/crc32"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"time"
)

func main() {
	list := flag.String("list", "tools/mutate/mutations", "the `directory` with the mutations, below the root")
	only := flag.String("only", "", "apply only the mutations whose file or reason matches")
	check := flag.Bool("check", false, "only check that every mutation finds its text and its tests, and compiles")
	share := part{1, 1}
	flag.Var(&share, "part", "apply only this `share` of the mutations, such as 1/2")
	flag.Parse()
	root := "."
	if flag.NArg() > 0 {
		root = flag.Arg(0)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	failed, err := run(ctx, root, filepath.Join(root, *list), *only, share, *check)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(2)
	}
	if failed > 0 {
		os.Exit(1)
	}
}

// run returns the number of mutations that survived or could not be applied.
func run(ctx context.Context, root, list, only string, share part, check bool) (failed int, err error) {
	filter, err := regexp.Compile(only)
	if err != nil {
		return 0, err
	}
	mutations, err := readAll(list)
	if err != nil {
		return 0, err
	}
	var chosen []mutation
	all := 0
	for _, m := range share.of(mutations) {
		if !filter.MatchString(m.file + " " + m.reason) {
			continue
		}
		all++
		_, err := m.apply(root)
		if err == nil {
			err = m.checkTests(root)
		}
		if err != nil {
			fmt.Println(report(m, outcome{result: "stale"}, 0), err)
			failed++
			continue
		}
		chosen = append(chosen, m)
	}
	if check {
		wrong, err := checkAll(ctx, root, chosen)
		return failed + wrong, err
	}
	// The place is fixed, so that a second run finds its packages in the build cache.
	path, err := filepath.Abs(root)
	if err != nil {
		return 0, err
	}
	// The copies of two roots are apart. The copy of one root has the same path each
	// time, so that the results of its builds stay in the cache.
	t, err := newTree(root, filepath.Join(os.TempDir(), fmt.Sprintf("latchkey-mutate-%x", crc32.ChecksumIEEE([]byte(path)))))
	if err != nil {
		return 0, err
	}
	if err := t.passes(ctx, chosen); err != nil {
		return 0, err
	}
	for _, m := range chosen {
		begun := time.Now()
		found, err := t.try(ctx, m)
		if err != nil {
			return 0, err
		}
		fmt.Println(report(m, found, time.Since(begun)))
		if found.result != killed {
			failed++
		}
	}
	fmt.Printf("%d of %d mutations were noticed\n", all-failed, all)
	return failed, nil
}

func report(m mutation, o outcome, took time.Duration) string {
	text := fmt.Sprintf("%-16s %5.1fs  %s:%d  %s: %s", o.result, took.Seconds(), m.list, m.line, m.file, m.reason)
	if o.test != "" {
		text += " " + o.test
	}
	return text
}
