// Command house draws docs/img/house.svg, a picture of the packages of this
// module: every package with the first sentence of its package comment and the
// packages that it uses, grouped by floor. Arrows are imports between floors.
// Imports that follow from others are left out.
//
// Usage: house [-w] [root of the module, default .]. It prints the picture, or
// writes it with -w.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// picture is where the picture is kept, below the root of the module.
const picture = "docs/img/house.svg"

func main() {
	write := flag.Bool("w", false, "write "+picture)
	flag.Parse()
	root := "."
	if flag.NArg() > 0 {
		root = flag.Arg(0)
	}
	if err := run(root, *write); err != nil {
		fmt.Fprintln(os.Stderr, "house:", err)
		os.Exit(1)
	}
}

func run(root string, write bool) error {
	packages, err := readPackages(root)
	if err != nil {
		return err
	}
	svg := draw(floorsOf(packages))
	if !write {
		_, err := os.Stdout.WriteString(svg)
		return err
	}
	return os.WriteFile(filepath.Join(root, picture), []byte(svg), 0o644)
}
