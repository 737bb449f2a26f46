//go:build !unix

package main

import "io/fs"

func readByGroup(fs.FileInfo) bool { return false }

func ownedByRoot(fs.FileInfo) bool { return false }
