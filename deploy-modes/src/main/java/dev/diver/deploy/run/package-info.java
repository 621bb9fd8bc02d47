/** The state of every dive in one folder: for ps, stop, logs, and for cleaning up after a crash. */
@NullMarked
package dev.diver.deploy.run;

import org.jspecify.annotations.NullMarked;
