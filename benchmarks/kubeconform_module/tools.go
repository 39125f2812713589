//go:build tools

// Package tools pins what is built beside it.
package tools

import _ "github.com/yannh/kubeconform/cmd/kubeconform"
