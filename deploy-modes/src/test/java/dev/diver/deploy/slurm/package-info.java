@NullMarked
package dev.diver.deploy.slurm;

import org.jspecify.annotations.NullMarked;
