// Package interop tests package resource with authorization servers that others wrote. It is
// a module of its own, so that they are not dependencies of the product.
package interop
