// Command english checks that the words of this repository are plain English:
// comments, strings and test names of the Go code, pages, documents and SQL
// comments are compared with the patterns of words.txt. It prints one line per
// finding and fails when there is one.
//
// A line that needs one of these words carries the comment
// "english:allow REASON", or has it on the line above.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	count := flag.Bool("count", false, "print the number of findings per directory, not the findings")
	words := flag.Bool("words", false, "print the findings per pattern, not the findings")
	flag.Usage = func() {
		_, _ = fmt.Fprintln(flag.CommandLine.Output(), "usage: english [flags] [directory, default .]")
		flag.PrintDefaults()
	}
	flag.Parse()
	root := "."
	if flag.NArg() > 0 {
		root = flag.Arg(0)
	}
	found, err := check(root)
	if err != nil {
		fmt.Fprintln(os.Stderr, "english:", err)
		os.Exit(2)
	}
	switch {
	case *count:
		printCounts(os.Stdout, found, finding.directory)
	case *words:
		printCounts(os.Stdout, found, finding.word)
	default:
		printFindings(os.Stdout, found)
	}
	if len(found) > 0 {
		os.Exit(1)
	}
}

func printFindings(w io.Writer, found []finding) {
	for _, f := range found {
		_, _ = fmt.Fprintf(w, "%s:%d: %q → %s\n", f.file, f.line, f.text, f.use)
	}
}

func printCounts(w io.Writer, found []finding, key func(finding) string) {
	counts := make(map[string]int)
	var order []string
	for _, f := range found {
		if counts[key(f)]++; counts[key(f)] == 1 {
			order = append(order, key(f))
		}
	}
	for _, name := range order {
		_, _ = fmt.Fprintf(w, "%5d  %s\n", counts[name], name)
	}
	_, _ = fmt.Fprintf(w, "%5d  in total\n", len(found))
}
