@NullMarked
package dev.diver.deploy.partitionedvm;

import org.jspecify.annotations.NullMarked;
