/** Benchmarks: ratios side by side in one run; never part of the tests. */
@NullMarked
package dev.diver.e2e.bench;

import org.jspecify.annotations.NullMarked;
