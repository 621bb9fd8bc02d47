/** Where kernels are found: the catalog server. */
@NullMarked
package dev.diver.catalog;

import org.jspecify.annotations.NullMarked;
