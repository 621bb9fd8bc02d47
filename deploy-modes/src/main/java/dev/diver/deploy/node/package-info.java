/** A machine whose Linux Diver uses, this one or one behind ssh: commands, their streams, files. */
@NullMarked
package dev.diver.deploy.node;

import org.jspecify.annotations.NullMarked;
