;; Computes for ever, in every call.
(func $validate (result i32) (loop (br 0)) unreachable)
(func $list (param i32 i32) (result i32) (loop (br 0)) unreachable)
