/** Pipelines as jobs of Slurm, the batch system of most clusters. */
@NullMarked
package dev.diver.deploy.slurm;

import org.jspecify.annotations.NullMarked;
