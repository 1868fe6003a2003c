;; Traps in every call, after one request.
(func $validate (result i32) (call $request) unreachable)
(func $list (param i32 i32) (result i32) (call $request) unreachable)
