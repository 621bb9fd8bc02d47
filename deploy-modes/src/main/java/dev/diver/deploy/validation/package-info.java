/**
 * Holds the speedup model to what is measured: a set of benchmarks, each run natively and in a
 * mode, each projected from a trace of its native run (Tauro, Liu and Hale, sections 4 and 5).
 */
@NullMarked
package dev.diver.deploy.validation;

import org.jspecify.annotations.NullMarked;
