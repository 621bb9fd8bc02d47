/** Where kernels are found: an OCI registry with a search, over one data directory. */
@NullMarked
package dev.diver.catalog;

import org.jspecify.annotations.NullMarked;
